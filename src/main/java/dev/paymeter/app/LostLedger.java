package dev.paymeter.app;

import dev.paymeter.audit.Audit;
import dev.paymeter.audit.LedgerWentBackException;
import io.vertx.core.Future;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Reaction of the running service to a ledger that went back.
 *
 * @param release releases the lease: without it, the ledger rejects new payments
 * @param search searches for payments that the gateways have charged and the ledger lacks
 */
record LostLedger(
    Supplier<Future<Void>> release,
    Supplier<Future<Boolean>> search,
    Consumer<RuntimeException> onLost)
    implements Audit.LossReaction {
  @Override
  public Future<Boolean> lacksCharges() {
    return search.get();
  }

  @Override
  public void wentBack(LedgerWentBackException loss) {
    release.get().onComplete(released -> onLost.accept(loss));
  }
}
