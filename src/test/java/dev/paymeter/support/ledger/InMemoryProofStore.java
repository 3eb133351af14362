package dev.paymeter.support.ledger;

import dev.paymeter.audit.AuditStore;
import dev.paymeter.audit.ProofStore;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.port.LedgerCut;
import dev.paymeter.payment.port.LedgerUnavailableException;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Three payments of a dollar and a cent, which two processes of instance {@code host-1} settled.
 */
public final class InMemoryProofStore implements ProofStore {
  public static final String GENERATION = "g1";

  /** An instance whose rows cannot be read. */
  public static final String UNAVAILABLE = "unavailable";

  private static final AuditStore.PaymentTotal PAYMENT =
      new AuditStore.PaymentTotal(
          PaymentStatus.SUCCESS,
          "stripe",
          "basic",
          "paypal",
          "EUR",
          null,
          false,
          1,
          1,
          1,
          101,
          200_000);

  private final List<LedgerCut> rows =
      List.of(new LedgerCut(1, 1), new LedgerCut(1, 3), new LedgerCut(2, 1));

  private String baseline;

  public void setBaseline(String totals) {
    baseline = totals;
  }

  @Override
  public Future<Optional<Instance>> instance(String instanceId) {
    return Future.succeededFuture(
        Stream.of(
                new Instance("host-1", GENERATION, 2, baseline, true),
                new Instance(UNAVAILABLE, GENERATION, 2, null, false))
            .filter(known -> known.instanceId().equals(instanceId))
            .findAny());
  }

  @Override
  public Future<AuditStore.SettledTotals> totals(
      String instanceId, LedgerCut after, LedgerCut upTo) {
    if (instanceId.equals(UNAVAILABLE)) {
      return Future.failedFuture(new LedgerUnavailableException("no response in time"));
    }
    List<AuditStore.SettledTotals> all = new ArrayList<>();
    rows(instanceId, after, upTo, row -> all.add(row.totals()));
    return Future.succeededFuture(
        all.stream()
            .reduce(
                new AuditStore.SettledTotals(List.of(), List.of(), List.of()),
                AuditStore.SettledTotals::plus));
  }

  @Override
  public Future<Void> rows(
      String instanceId, LedgerCut after, LedgerCut upTo, Consumer<SettledRow> receiver) {
    rows.stream()
        .filter(row -> row.compareTo(after) > 0 && row.compareTo(upTo) <= 0)
        .map(
            row ->
                new SettledRow(
                    SettledRow.Kind.PAYMENT,
                    row.toString(),
                    row,
                    Instant.EPOCH,
                    new AuditStore.SettledTotals(List.of(PAYMENT), List.of(), List.of())))
        .forEach(receiver);
    return Future.succeededFuture();
  }

  @Override
  public Future<Boolean> hasRowsBefore(String instanceId, Instant time) {
    return Future.succeededFuture(false);
  }
}
