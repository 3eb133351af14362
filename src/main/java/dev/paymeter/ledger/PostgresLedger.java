package dev.paymeter.ledger;

import dev.paymeter.payments.BusinessEvent;
import dev.paymeter.payments.Ledger;
import dev.paymeter.payments.LedgerUnavailableException;
import dev.paymeter.payments.Payment;
import dev.paymeter.payments.SettlementConflictException;
import dev.paymeter.payments.SupersededException;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/** The ledger in PostgreSQL. Safe from any thread; results come on the caller's context. */
public final class PostgresLedger implements Ledger {
  private final Statements statements;
  private final String instanceId;
  private final int epoch;

  /**
   * @param instanceId the identity under which payments are settled here
   * @param epoch the one that {@link PostgresBooks} opened
   */
  public PostgresLedger(Statements statements, String instanceId, int epoch) {
    this.statements = statements;
    this.instanceId = instanceId;
    this.epoch = epoch;
  }

  @Override
  public Future<Void> open(Payment pending) {
    return run(Sql.OPEN, Rows.open(pending, instanceId, epoch))
        .compose(
            inserted ->
                inserted.rowCount() == 1
                    ? Future.succeededFuture()
                    : Future.failedFuture(new SupersededException(instanceId)));
  }

  @Override
  public Future<Void> settle(Payment settled) {
    Payment.Settlement how =
        settled.settled().orElseThrow(() -> new IllegalArgumentException("not settled"));
    return run(Sql.SETTLE, Rows.settle(settled, how, instanceId, epoch))
        .compose(
            updated ->
                updated.rowCount() == 1 ? Future.succeededFuture() : checkSettledSo(settled));
  }

  /** After a lost answer a statement is sent again, and finds its own work done. */
  private Future<Void> checkSettledSo(Payment settled) {
    return find(settled.id())
        .compose(
            found ->
                found.filter(settled::equals).isPresent()
                    ? Future.succeededFuture()
                    : checkEpoch().compose(ours -> Future.failedFuture(conflict(settled, found))));
  }

  private Future<Void> checkEpoch() {
    return run(Sql.EPOCH, Tuple.of(instanceId))
        .compose(
            rows ->
                rows.size() == 1 && rows.iterator().next().getInteger("epoch") == epoch
                    ? Future.succeededFuture()
                    : Future.failedFuture(new SupersededException(instanceId)));
  }

  private static SettlementConflictException conflict(Payment settled, Optional<Payment> found) {
    return new SettlementConflictException(
        "payment " + settled.id() + " is not pending: the ledger has " + found);
  }

  @Override
  public Future<Optional<Payment>> find(UUID id) {
    return run(Sql.FIND, Tuple.of(id)).map(rows -> rows.stream().findFirst().map(Rows::read));
  }

  @Override
  public Future<List<Recording>> record(List<BusinessEvent> events) {
    return run(Sql.RECORD, Rows.record(inOrder(events), instanceId, epoch))
        .compose(
            inserted ->
                inserted.rowCount() == events.size()
                    ? Future.succeededFuture(Collections.nCopies(events.size(), Recording.NEW))
                    : compare(events));
  }

  /** Two statements that each wait for a row of the other's would never end. */
  private static List<BusinessEvent> inOrder(List<BusinessEvent> events) {
    return events.stream().sorted(Comparator.comparing(event -> event.report().id())).toList();
  }

  /** As {@link #checkSettledSo}: a row that was in the way may be of this very statement. */
  private Future<List<Recording>> compare(List<BusinessEvent> events) {
    String[] ids = events.stream().map(event -> event.report().id()).toArray(String[]::new);
    return run(Sql.RECORDED, Tuple.of(events.get(0).report().publisher()).addValue(ids))
        .compose(
            rows -> {
              Map<String, Row> byId = new HashMap<>();
              rows.forEach(row -> byId.put(row.getString("id"), row));
              return byId.keySet().containsAll(List.of(ids))
                  ? Future.succeededFuture(
                      events.stream().map(event -> compare(event, byId)).toList())
                  : checkEpoch()
                      .compose(
                          ours ->
                              Future.failedFuture(
                                  new IllegalStateException("neither recorded nor known")));
            });
  }

  private static Recording compare(BusinessEvent event, Map<String, Row> byId) {
    Row row = Objects.requireNonNull(byId.get(event.report().id()));
    if (row.getUUID("receipt").equals(event.receipt())) {
      return Recording.NEW;
    }
    return Rows.isAlike(row, event.report()) ? Recording.KNOWN : Recording.OTHERWISE;
  }

  @Override
  public Future<Void> check() {
    return run(Sql.CHECK, Tuple.tuple())
        .compose(
            rows ->
                rows.size() == 1
                    ? Future.succeededFuture()
                    : Future.failedFuture(
                        new LedgerUnavailableException("the ledger is read-only")));
  }

  private Future<RowSet<Row>> run(String sql, Tuple parameters) {
    return statements.run(sql, parameters);
  }
}
