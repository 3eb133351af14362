package dev.paymeter.payment.query;

import dev.paymeter.payment.Refund;
import dev.paymeter.payment.query.PaymentPage.Position;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A part of the list of a payment's refunds, newest first.
 *
 * @param last where the next part goes on; absent when there is none
 */
public record RefundPage(List<Refund> refunds, @Nullable Position last) {
  public RefundPage {
    refunds = List.copyOf(refunds);
  }

  /**
   * The first refunds of what was found.
   *
   * @param found one more than wanted, where there are more
   */
  public static RefundPage of(List<Refund> found, int wanted) {
    return found.size() <= wanted
        ? new RefundPage(found, null)
        : new RefundPage(found.subList(0, wanted), Position.of(found.get(wanted - 1)));
  }

  public Optional<Position> next() {
    return Optional.ofNullable(last);
  }
}
