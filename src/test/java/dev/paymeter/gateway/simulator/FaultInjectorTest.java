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
  private final SplittableRandom luck = new SplittableRandom(1);

  @Test
  void ofCharge_noOrders_isNone() {
    assertThat(charges(100)).containsOnly(Optional.empty());
    assertThat(faultInjector.ofInquiry(luck)).isEmpty();
  }

  @Test
  void ofCharge_next_befallsSoManyOfThemOneKindAfterTheOther() {
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

  /** Four standard deviations of a fixed seed: it is sure. */
  @Test
  void ofCharge_rate_befallsThatShare() {
    faultInjector.set(Fault.ANSWER_LOST, Order.rate(0.2));

    long struck = charges(10_000).stream().filter(Optional::isPresent).count();

    assertThat(struck / 10_000.0).isCloseTo(0.2, within(4 * Math.sqrt(0.2 * 0.8 / 10_000)));
    assertThat(faultInjector.struck(Fault.ANSWER_LOST)).isEqualTo(struck);
  }

  @Test
  void set_span_endsWithIt() {
    faultInjector.set(Fault.BROWN_OUT, new Order(1, 7, Duration.ofSeconds(30)));
    nanos.addAndGet(Duration.ofSeconds(29).toNanos());
    assertThat(faultInjector.ofCharge(luck)).contains(Fault.BROWN_OUT);
    assertThat(faultInjector.order(Fault.BROWN_OUT))
        .isEqualTo(new Order(1, 6, Duration.ofSeconds(1)));

    nanos.addAndGet(Duration.ofSeconds(1).toNanos());

    assertThat(faultInjector.ofCharge(luck)).isEmpty();
    assertThat(faultInjector.order(Fault.BROWN_OUT)).isEqualTo(Order.NONE);
  }

  @Test
  void ofInquiry_chargesFaults_areNotItsOwn() {
    Stream.of(Fault.values())
        .filter(fault -> !fault.befallsInquiries())
        .forEach(fault -> faultInjector.set(fault, new Order(1, 5, null)));
    assertThat(faultInjector.ofInquiry(luck)).isEmpty();

    faultInjector.set(Fault.INQUIRY_BROKEN, Order.next(1));

    assertThat(faultInjector.ofInquiry(luck)).contains(Fault.INQUIRY_BROKEN);
    assertThat(faultInjector.ofInquiry(luck)).isEmpty();
  }

  /** What is to befall the next charges does not befall an inquiry that comes between. */
  @Test
  void ofInquiry_brownOut_followsItsRateOnly() {
    faultInjector.set(Fault.BROWN_OUT, Order.next(1));
    assertThat(faultInjector.ofInquiry(luck)).isEmpty();

    faultInjector.set(Fault.BROWN_OUT, Order.rate(1));

    assertThat(faultInjector.ofInquiry(luck)).contains(Fault.BROWN_OUT);
  }

  @Test
  void clear_all_noneIsLeft() {
    Stream.of(Fault.values()).forEach(fault -> faultInjector.set(fault, new Order(1, 5, null)));

    faultInjector.clear();

    assertThat(charges(10)).containsOnly(Optional.empty());
    assertThat(faultInjector.ofInquiry(luck)).isEmpty();
  }

  private List<Optional<Fault>> charges(int count) {
    return Stream.generate(() -> faultInjector.ofCharge(luck)).limit(count).toList();
  }
}
