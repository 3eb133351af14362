package dev.paymeter.support.ledger;

import dev.paymeter.payment.Dispute;
import dev.paymeter.payment.port.DisputeLedger;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Disputes in memory. Not thread-safe. */
public final class InMemoryDisputeLedger implements DisputeLedger {
  private final Map<String, Dispute> disputes = new LinkedHashMap<>();

  /** The changes that were committed. */
  public final List<Change> changes = new ArrayList<>();

  private static String key(String account, String reference) {
    return account + " " + reference;
  }

  @Override
  public Future<Optional<Dispute>> find(String account, String reference) {
    return Future.succeededFuture(Optional.ofNullable(disputes.get(key(account, reference))));
  }

  @Override
  public Future<List<Dispute>> list(UUID payment) {
    return Future.succeededFuture(
        disputes.values().stream().filter(each -> each.payment().equals(payment)).toList());
  }

  @Override
  public Future<Boolean> write(Change change) {
    if (changes.contains(change)) {
      return Future.succeededFuture(true);
    }
    String key = key(change.account(), change.after().reference());
    Dispute before = disputes.get(key);
    if ((before == null ? 0 : before.version()) != change.after().version() - 1) {
      return Future.succeededFuture(false);
    }
    disputes.put(key, change.after());
    changes.add(change);
    return Future.succeededFuture(true);
  }

  @Override
  public Future<List<OpenDispute>> listOpen(int limit) {
    throw new UnsupportedOperationException("lists need the payments");
  }

  @Override
  public Future<List<OpenTotal>> openByGateway() {
    throw new UnsupportedOperationException("totals need the gateways of the payments");
  }
}
