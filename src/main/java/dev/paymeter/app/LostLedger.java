package dev.paymeter.app;

import dev.paymeter.audit.Audit;
import dev.paymeter.audit.LedgerWentBackException;
import io.vertx.core.Future;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Reaction of the running service to a ledger that went back. */
final class LostLedger implements Audit.LossReaction {
  private final Consumer<RuntimeException> onLost;
  private volatile Supplier<Future<Void>> release = Future::succeededFuture;
  private volatile Supplier<Future<Boolean>> search = () -> Future.succeededFuture(false);

  LostLedger(Consumer<RuntimeException> onLost) {
    this.onLost = onLost;
  }

  /** Sets what releases the lease. Without it, the ledger rejects new payments. */
  void beforeEnd(Supplier<Future<Void>> release) {
    this.release = release;
  }

  /** Sets what searches for payments that the ledger lacks. */
  void searchWith(Supplier<Future<Boolean>> search) {
    this.search = search;
  }

  @Override
  public Future<Boolean> lacksCharges() {
    return search.get();
  }

  @Override
  public void wentBack(LedgerWentBackException loss) {
    release.get().onComplete(released -> onLost.accept(loss));
  }
}
