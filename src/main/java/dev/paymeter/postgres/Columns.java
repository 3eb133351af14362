package dev.paymeter.postgres;

import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Builder of statement parameters: one array for each column, for {@code unnest}.
 *
 * @param parameters the parameters that were added so far
 */
record Columns<R>(List<R> rows, Tuple parameters) {
  static <R> Columns<R> of(List<R> rows) {
    return of(rows, Tuple.tuple());
  }

  /**
   * Returns a builder that adds columns to other parameters.
   *
   * @param before modifiable
   */
  static <R> Columns<R> of(List<R> rows, Tuple before) {
    return new Columns<>(rows, before);
  }

  /** Continues with other values of the same rows, for example their keys. */
  <S> Columns<S> with(List<S> values) {
    return new Columns<>(values, parameters);
  }

  <S> Columns<S> with(Function<R, S> part) {
    return with(rows.stream().map(part).toList());
  }

  <C> Columns<R> add(IntFunction<@Nullable C[]> array, Function<R, @Nullable C> value) {
    parameters.addValue(rows.stream().map(value).toArray(array));
    return this;
  }

  /** Adds the two parameters of {@link LedgerIdentity#isHeld}. */
  Columns<R> add(LedgerIdentity ledgerIdentity) {
    parameters.addValue(ledgerIdentity.instanceId()).addValue(ledgerIdentity.epoch());
    return this;
  }

  /** Adds a parameter that all rows share. */
  Columns<R> add(Object value) {
    parameters.addValue(value);
    return this;
  }
}
