package dev.paymeter.payment.query;

import dev.paymeter.payment.Refund;
import dev.paymeter.payment.query.PaymentPage.Position;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A page of the list of a payment's refunds, newest first.
 *
 * @param last the position after which the next page starts; null for the last page
 */
public record RefundPage(List<Refund> refunds, @Nullable Position last) {
  public RefundPage {
    refunds = List.copyOf(refunds);
  }

  /**
   * Returns a page of the first {@code wanted} refunds.
   *
   * @param found one refund more than {@code wanted} if there is a next page
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
