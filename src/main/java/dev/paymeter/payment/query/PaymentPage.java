package dev.paymeter.payment.query;

import dev.paymeter.payment.Transfer;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A page of a list of payments, or of a payment's refunds, newest first.
 *
 * @param last the position after which the next page starts; null for the last page
 */
public record PaymentPage<T extends Transfer<T>>(List<T> transfers, @Nullable Position last) {
  public PaymentPage {
    transfers = List.copyOf(transfers);
  }

  /**
   * The position of a payment or refund in all lists. It never changes; within one microsecond, the
   * ids decide.
   */
  public record Position(Instant createdAt, UUID id) {
    public static Position of(Transfer<?> transfer) {
      return new Position(transfer.createdAt(), transfer.id());
    }
  }

  /**
   * Returns a page of the first {@code wanted} payments or refunds.
   *
   * @param found one more than {@code wanted} if there is a next page
   */
  public static <T extends Transfer<T>> PaymentPage<T> of(List<T> found, int wanted) {
    return found.size() <= wanted
        ? new PaymentPage<>(found, null)
        : new PaymentPage<>(found.subList(0, wanted), Position.of(found.get(wanted - 1)));
  }

  public Optional<Position> next() {
    return Optional.ofNullable(last);
  }
}
