package dev.paymeter.support.http;

import dev.paymeter.http.AuditTrail;
import dev.paymeter.payment.OperatorAction;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.OperatorLog;
import dev.paymeter.payment.query.ActionFilter;
import dev.paymeter.payment.query.PaymentPage;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** An audit trail in memory, without filters. It can be made unavailable. */
public final class RecordedActions implements OperatorLog {
  private final List<OperatorAction.Entry> entries = new CopyOnWriteArrayList<>();
  private volatile boolean isUnavailable;

  public AuditTrail trail() {
    return new AuditTrail(() -> Future.succeededFuture(this));
  }

  public void becomeUnavailable() {
    isUnavailable = true;
  }

  /** Returns the entries, oldest first. */
  public List<OperatorAction.Entry> entries() {
    return List.copyOf(entries);
  }

  @Override
  public Future<Long> begin(OperatorAction action) {
    if (isUnavailable) {
      return Future.failedFuture(new LedgerUnavailableException("unavailable in this test"));
    }
    long id = entries.size();
    entries.add(new OperatorAction.Entry(id, Instant.EPOCH, action, null));
    return Future.succeededFuture(id);
  }

  @Override
  public Future<Void> end(long id, int status, String outcome) {
    OperatorAction.Entry begun = entries.get((int) id);
    entries.set(
        (int) id,
        new OperatorAction.Entry(
            id,
            begun.at(),
            begun.action(),
            new OperatorAction.Result(Instant.EPOCH, status, outcome)));
    return Future.succeededFuture();
  }

  @Override
  public Future<List<OperatorAction.Entry>> list(
      ActionFilter filter, PaymentPage.@Nullable Position after, int limit) {
    return Future.succeededFuture(entries());
  }
}
