package dev.paymeter.payment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.payment.TestOrders;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PaymentIdsTest {
  private static final Instant NOW = TestOrders.CREATED_AT;

  @Test
  void next_isAVersion7UuidOfItsMillisecond() {
    UUID id = PaymentIds.next(NOW);

    assertThat(id.version()).isEqualTo(7);
    assertThat(id.variant()).isEqualTo(2);
    assertThat(id.getMostSignificantBits() >>> 16).isEqualTo(NOW.toEpochMilli());
  }

  @Test
  void next_oneMillisecondLater_sortsAfter() {
    List<String> ids =
        Stream.iterate(NOW, then -> then.plusMillis(1))
            .limit(1000)
            .map(then -> PaymentIds.next(then).toString())
            .toList();

    assertThat(ids).isSorted();
  }

  @Test
  void next_inOneMillisecond_neverRepeats() {
    List<UUID> ids = Stream.generate(() -> PaymentIds.next(NOW)).limit(1000).toList();

    assertThat(ids).doesNotHaveDuplicates();
  }
}
