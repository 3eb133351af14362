package dev.paymeter.postgres;

import dev.paymeter.audit.GenerationStore;
import dev.paymeter.audit.Missing;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Generations in PostgreSQL, as one instance sees them. Safe from any thread; results come on the
 * caller's context.
 */
public record PostgresGenerationStore(StatementExecutor statementExecutor, String instanceId)
    implements GenerationStore {
  /** Ids of payments begin with their time, so the last one in the index is the newest. */
  private static final String STATE =
      """
      select l.id, ledger_generation() as generation, i.generation as last_generation,
        least(
          coalesce(
            (select p.created_at from payments p order by p.id desc limit 1),
            (select min(g.began_at) from generations g)),
          (select min(g.searched_since) from generations g
            where g.number > (select o.number from generations o where o.generation = i.generation)))
          as newest
      from ledger l left join instances i on i.instance_id = $1
      """;

  private static final String BEGIN =
      "select begin_generation($1, $2, $3, $4, $5, $6) as generation";

  private static final String LOST =
      """
      insert into lost_counts (generation, instance_id, family, labels, count, sum)
      select $1, $2, m.family, m.labels::jsonb, m.count, m.sum
      from unnest($3::text[], $4::text[], $5::bigint[], $6::numeric[])
        as m (family, labels, count, sum)
      on conflict (generation, instance_id, family, labels) do update
      set count = excluded.count, sum = excluded.sum
      """;

  private static final String RESUME =
      """
      update instances set baseline = $3::text::jsonb, generation = $4
      where instance_id = $1 and epoch = $2
      """;

  @Override
  public Future<State> state() {
    return statementExecutor
        .first(STATE, Tuple.of(instanceId), PostgresGenerationStore::state)
        .map(found -> found.orElseThrow(() -> new IllegalStateException("the ledger has no id")));
  }

  private static State state(Row row) {
    return new State(
        row.getUUID("id"),
        row.getString("generation"),
        row.getString("last_generation"),
        PaymentRowMapper.instant(row, "newest"));
  }

  @Override
  public Future<String> begin(String expected, Loss loss) {
    return statementExecutor
        .first(
            BEGIN,
            Tuple.of(expected, instanceId, loss.evidence(), PaymentRowMapper.utc(loss.since()))
                .addValue(loss.rows())
                .addValue(BigDecimal.valueOf(loss.cents())),
            row -> row.getString("generation"))
        .map(generation -> generation.orElseThrow());
  }

  @Override
  public Future<Void> lost(String generation, List<Missing.Series> series) {
    return statementExecutor
        .run(
            LOST,
            Columns.of(series, Tuple.of(generation, instanceId))
                .add(String[]::new, Missing.Series::family)
                .add(String[]::new, each -> new JsonObject(new HashMap<>(each.labels())).encode())
                .add(Long[]::new, Missing.Series::count)
                .add(BigDecimal[]::new, each -> BigDecimal.valueOf(each.sum()))
                .parameters())
        .mapEmpty();
  }

  @Override
  public Future<Void> resume(int epoch, @Nullable String baseline, String generation) {
    return statementExecutor
        .run(RESUME, Tuple.of(instanceId, epoch, baseline, generation))
        .mapEmpty();
  }
}
