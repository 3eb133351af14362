package dev.paymeter.gateway.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.paymeter.gateway.simulator.FaultInjector.Order;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FaultInjectorTest {
  private final AtomicLong nanos = new AtomicLong();
  private final FaultInjector faultInjector =
      new FaultInjector(Duration.ofSeconds(5), Map.of(), nanos::get);
  private final SplittableRandom random = new SplittableRandom(1);

  @Test
  void drawForCharge_noSettings_isEmpty() {
    assertThat(charges(100)).containsOnly(Optional.empty());
    assertThat(faultInjector.ofInquiry(random)).isEmpty();
  }

  @Test
  void drawForCharge_next_injectsTheNumberOfEachFaultInTurn() {
    faultInjector.set(Fault.ANSWER_TWICE, Order.next(1));
    faultInjector.set(Fault.CONNECTION_BROKEN, Order.next(2));

    assertThat(charges(4))
        .containsExactly(
            Optional.of(Fault.CONNECTION_BROKEN),
            Optional.of(Fault.CONNECTION_BROKEN),
            Optional.of(Fault.ANSWER_TWICE),
            Optional.empty());
    assertThat(faultInjector.struck(Fault.CONNECTION_BROKEN)).isEqualTo(2);
    assertThat(faultInjector.order(Fault.CONNECTION_BROKEN)).isEqualTo(Order.NONE);
  }

  /** Within four standard deviations; the seed is fixed, so the result is reproducible. */
  @Test
  void drawForCharge_rate_injectsThatShare() {
    faultInjector.set(Fault.ANSWER_LOST, Order.rate(0.2));

    long injected = charges(10_000).stream().filter(Optional::isPresent).count();

    assertThat(injected / 10_000.0).isCloseTo(0.2, within(4 * Math.sqrt(0.2 * 0.8 / 10_000)));
    assertThat(faultInjector.struck(Fault.ANSWER_LOST)).isEqualTo(injected);
  }

  @Test
  void set_duration_expiresAfterwards() {
    faultInjector.set(Fault.BROWN_OUT, new Order(1, 7, Duration.ofSeconds(30)));
    nanos.addAndGet(Duration.ofSeconds(29).toNanos());
    assertThat(faultInjector.ofCharge(random)).contains(Fault.BROWN_OUT);
    assertThat(faultInjector.order(Fault.BROWN_OUT))
        .isEqualTo(new Order(1, 6, Duration.ofSeconds(1)));

    nanos.addAndGet(Duration.ofSeconds(1).toNanos());

    assertThat(faultInjector.ofCharge(random)).isEmpty();
    assertThat(faultInjector.order(Fault.BROWN_OUT)).isEqualTo(Order.NONE);
  }

  @Test
  void drawForInquiry_faultsOfCharges_areNotInjected() {
    Stream.of(Fault.values())
        .filter(fault -> !fault.befallsInquiries())
        .forEach(fault -> faultInjector.set(fault, new Order(1, 5, null)));
    assertThat(faultInjector.ofInquiry(random)).isEmpty();

    faultInjector.set(Fault.INQUIRY_BROKEN, Order.next(1));

    assertThat(faultInjector.ofInquiry(random)).contains(Fault.INQUIRY_BROKEN);
    assertThat(faultInjector.ofInquiry(random)).isEmpty();
  }

  /** Faults for the next charges are not injected into an inquiry between them. */
  @Test
  void drawForInquiry_brownOut_usesTheRateOnly() {
    faultInjector.set(Fault.BROWN_OUT, Order.next(1));
    assertThat(faultInjector.ofInquiry(random)).isEmpty();

    faultInjector.set(Fault.BROWN_OUT, Order.rate(1));

    assertThat(faultInjector.ofInquiry(random)).contains(Fault.BROWN_OUT);
  }

  @Test
  void clear_removesAllSettings() {
    Stream.of(Fault.values()).forEach(fault -> faultInjector.set(fault, new Order(1, 5, null)));

    faultInjector.clear();

    assertThat(charges(10)).containsOnly(Optional.empty());
    assertThat(faultInjector.ofInquiry(random)).isEmpty();
  }

  private List<Optional<Fault>> charges(int count) {
    return Stream.generate(() -> faultInjector.ofCharge(random)).limit(count).toList();
  }
}
