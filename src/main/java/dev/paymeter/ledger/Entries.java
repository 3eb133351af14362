package dev.paymeter.ledger;

import dev.paymeter.payments.BusinessEvent;
import dev.paymeter.payments.RecordedPayment;
import dev.paymeter.payments.ReportLedger.Recording;
import dev.paymeter.payments.ReportedError;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiPredicate;
import java.util.function.Function;

/**
 * How entries of one kind, which their publishers have named, are written.
 *
 * @param insert adds a row for each entry whose name is not there yet, if the identity is ours
 * @param lookup finds the rows of some names of one publisher
 * @param isAlike whether a row says what an entry says
 */
record Entries<E>(
    String insert,
    String lookup,
    Columns<E> columns,
    Function<E, String> publisher,
    Function<E, String> id,
    Function<E, UUID> receipt,
    BiPredicate<Row, E> isAlike) {
  static final Entries<BusinessEvent> EVENTS =
      new Entries<>(
          Sql.RECORD_EVENTS,
          Sql.RECORDED_EVENTS,
          Rows::recordEvents,
          event -> event.report().publisher(),
          event -> event.report().id(),
          BusinessEvent::receipt,
          (row, event) -> Rows.isAlike(row, event.report()));

  static final Entries<ReportedError> ERRORS =
      new Entries<>(
          Sql.RECORD_ERRORS,
          Sql.RECORDED_ERRORS,
          Rows::recordErrors,
          error -> error.report().publisher(),
          error -> error.report().id(),
          ReportedError::receipt,
          (row, error) -> Rows.isAlike(row, error.report()));

  static final Entries<RecordedPayment> PAYMENTS =
      new Entries<>(
          Sql.RECORD_PAYMENTS,
          Sql.RECORDED_PAYMENTS,
          Rows::recordPayments,
          payment -> payment.report().publisher(),
          payment -> payment.report().id(),
          RecordedPayment::receipt,
          (row, payment) -> Rows.isAlike(row, payment.report()));

  /** Entries as the parameters of a statement. */
  @FunctionalInterface
  interface Columns<E> {
    Tuple of(List<E> entries, Identity identity);
  }

  /**
   * Writes entries of one publisher.
   *
   * @return what each was, in their order; nothing where one is neither there now nor was before:
   *     the identity is not ours
   */
  Future<Optional<List<Recording>>> write(
      Statements statements, List<E> entries, Identity identity) {
    return statements
        .run(insert, columns.of(inOrder(entries), identity))
        .compose(
            inserted ->
                inserted.rowCount() == entries.size()
                    ? Future.succeededFuture(
                        Optional.of(Collections.nCopies(entries.size(), Recording.NEW)))
                    : compare(statements, entries));
  }

  /** Two statements that each wait for a row of the other's would never end. */
  private List<E> inOrder(List<E> entries) {
    return entries.stream().sorted(Comparator.comparing(id)).toList();
  }

  /**
   * After a lost answer a statement is sent again, and finds its own work done: a row that was in
   * the way may be of this very statement.
   */
  private Future<Optional<List<Recording>>> compare(Statements statements, List<E> entries) {
    String[] ids = entries.stream().map(id).toArray(String[]::new);
    return statements
        .run(lookup, Tuple.of(publisher.apply(entries.get(0))).addValue(ids))
        .map(
            rows -> {
              Map<String, Row> byId = new HashMap<>();
              rows.forEach(row -> byId.put(row.getString("id"), row));
              return byId.keySet().containsAll(List.of(ids))
                  ? Optional.of(entries.stream().map(entry -> compare(entry, byId)).toList())
                  : Optional.empty();
            });
  }

  private Recording compare(E entry, Map<String, Row> byId) {
    Row row = Objects.requireNonNull(byId.get(id.apply(entry)));
    if (row.getUUID("receipt").equals(receipt.apply(entry))) {
      return Recording.NEW;
    }
    return isAlike.test(row, entry) ? Recording.KNOWN : Recording.OTHERWISE;
  }
}
