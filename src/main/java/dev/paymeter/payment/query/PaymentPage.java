package dev.paymeter.payment.query;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.Transfer;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A part of a list of payments, newest first.
 *
 * @param last where the next part goes on; absent when there is none
 */
public record PaymentPage(List<Payment> payments, @Nullable Position last) {
  public PaymentPage {
    payments = List.copyOf(payments);
  }

  /**
   * A place in all lists: that of a payment or refund, which keeps it for ever. Ids decide between
   * those of one microsecond.
   */
  public record Position(Instant createdAt, UUID id) {
    public static Position of(Transfer<?> transfer) {
      return new Position(transfer.createdAt(), transfer.id());
    }
  }

  /**
   * The first payments of what was found.
   *
   * @param found one more than wanted, where there are more
   */
  public static PaymentPage of(List<Payment> found, int wanted) {
    return found.size() <= wanted
        ? new PaymentPage(found, null)
        : new PaymentPage(found.subList(0, wanted), Position.of(found.get(wanted - 1)));
  }

  public Optional<Position> next() {
    return Optional.ofNullable(last);
  }
}
