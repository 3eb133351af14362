package dev.paymeter.postgres;

import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Rows as parameters of a statement: an array for each column, for {@code unnest}.
 *
 * @param parameters those added so far
 */
record Columns<R>(List<R> rows, Tuple parameters) {
  static <R> Columns<R> of(List<R> rows) {
    return new Columns<>(rows, Tuple.tuple());
  }

  /** Continues with other rows, for example the keys of these. */
  <S> Columns<S> with(List<S> others) {
    return new Columns<>(others, parameters);
  }

  <S> Columns<S> with(Function<R, S> part) {
    return with(rows.stream().map(part).toList());
  }

  <C> Columns<R> add(IntFunction<@Nullable C[]> array, Function<R, @Nullable C> value) {
    parameters.addValue(rows.stream().map(value).toArray(array));
    return this;
  }

  /** Adds the identity, as the condition {@link LedgerIdentity#isHeld} expects it. */
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
