package dev.paymeter.ledger;

import dev.paymeter.payments.IdempotencyKey;
import dev.paymeter.payments.Leftovers;
import io.vertx.core.Future;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/** What is to be cleared away in PostgreSQL. Safe from any thread. */
public final class PostgresLeftovers implements Leftovers {
  private final Statements statements;

  public PostgresLeftovers(Statements statements) {
    this.statements = statements;
  }

  @Override
  public Future<Integer> withdraw(Collection<Refused> refused) {
    UUID[] ids = refused.stream().map(Refused::id).toArray(UUID[]::new);
    List<Refused> keyed = refused.stream().filter(each -> each.key().isPresent()).toList();
    return neverOpen(ids)
        .compose(never -> withdrawUnderKeys(keyed))
        .compose(
            withKeys ->
                statements
                    .run(Sql.WITHDRAW, Tuple.tuple().addValue(ids))
                    .map(rest -> withKeys + rest.rowCount()));
  }

  private Future<?> neverOpen(UUID[] ids) {
    return statements.run(Sql.NEVER_OPEN, Tuple.tuple().addValue(ids));
  }

  private Future<Integer> withdrawUnderKeys(List<Refused> keyed) {
    return statements
        .run(
            Sql.WITHDRAW_UNDER_KEYS,
            Tuple.tuple()
                .addValue(keyed.stream().map(Refused::id).toArray(UUID[]::new))
                .addValue(column(keyed, IdempotencyKey::credential))
                .addValue(column(keyed, IdempotencyKey::route))
                .addValue(column(keyed, IdempotencyKey::key)))
        .map(RowSet::rowCount);
  }

  @Override
  public Future<Integer> withdrawRefunds(Collection<Refused> refused) {
    UUID[] ids = refused.stream().map(Refused::id).toArray(UUID[]::new);
    return neverOpen(ids)
        .compose(never -> statements.run(Sql.WITHDRAW_REFUNDS, Tuple.tuple().addValue(ids)))
        .map(found -> found.iterator().next().getInteger("count"));
  }

  private static String[] column(List<Refused> keyed, Function<IdempotencyKey, String> value) {
    return keyed.stream().map(each -> value.apply(each.key().orElseThrow())).toArray(String[]::new);
  }

  @Override
  public Future<Integer> forgetKeys(Duration age, int most) {
    return statements
        .run(Sql.FORGET_WITHDRAWN, Tuple.tuple())
        .compose(gone -> statements.run(Sql.FORGET_KEYS, Tuple.of(age.toMillis(), most)))
        .map(RowSet::rowCount);
  }
}
