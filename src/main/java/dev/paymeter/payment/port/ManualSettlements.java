package dev.paymeter.payment.port;

import dev.paymeter.payment.ManualSettlement;
import dev.paymeter.payment.query.PaymentPage;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Port: the manual settlements of payments. A payment has at most one that is not withdrawn. Every
 * operation fails with {@link LedgerUnavailableException} when the ledger does not respond in time.
 */
public interface ManualSettlements {
  /**
   * Commits a proposal, unless the payment has one that is not withdrawn.
   *
   * @return whether it is committed
   */
  Future<Boolean> propose(UUID id, ManualSettlement.Proposal proposal);

  /**
   * Commits the approval of a proposal, if it is neither approved nor withdrawn, and its payment is
   * not settled.
   *
   * @return whether it is committed
   */
  Future<Boolean> approve(UUID id, ManualSettlement.Operator by);

  /** Commits the withdrawal of a proposal, as {@link #approve} its approval. */
  Future<Boolean> withdraw(UUID id, ManualSettlement.Operator by);

  /** Returns the settlement of a payment that is not withdrawn, otherwise the last one. */
  Future<Optional<ManualSettlement>> findOf(UUID payment);

  /**
   * Returns settlements, those that were proposed last first.
   *
   * @param state null for any
   * @param after the position after which the list starts; null for its beginning
   * @param limit the maximum number of settlements
   */
  Future<List<ManualSettlement>> list(
      ManualSettlement.@Nullable State state, PaymentPage.@Nullable Position after, int limit);

  /** Returns whether a running instance has an account of a gateway. */
  Future<Boolean> isReachable(String gateway, String account);
}
