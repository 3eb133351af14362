package dev.paymeter.gateway.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.paymeter.gateway.simulator.FaultInjector.Setting;
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
    assertThat(faultInjector.drawForInquiry(random)).isEmpty();
  }

  @Test
  void drawForCharge_next_injectsTheNumberOfEachFaultInTurn() {
    faultInjector.set(Fault.ANSWER_TWICE, new Setting(0, 1, null));
    faultInjector.set(Fault.CONNECTION_BROKEN, new Setting(0, 2, null));

    assertThat(charges(4))
        .containsExactly(
            Optional.of(Fault.CONNECTION_BROKEN),
            Optional.of(Fault.CONNECTION_BROKEN),
            Optional.of(Fault.ANSWER_TWICE),
            Optional.empty());
    assertThat(faultInjector.injected(Fault.CONNECTION_BROKEN)).isEqualTo(2);
    assertThat(faultInjector.setting(Fault.CONNECTION_BROKEN)).isEqualTo(Setting.NONE);
  }

  /** Within four standard deviations; the seed is fixed, so the result is reproducible. */
  @Test
  void drawForCharge_rate_injectsThatShare() {
    faultInjector.set(Fault.ANSWER_LOST, Setting.ofRate(0.2));

    long injected = charges(10_000).stream().filter(Optional::isPresent).count();

    assertThat(injected / 10_000.0).isCloseTo(0.2, within(4 * Math.sqrt(0.2 * 0.8 / 10_000)));
    assertThat(faultInjector.injected(Fault.ANSWER_LOST)).isEqualTo(injected);
  }

  @Test
  void set_duration_expiresAfterwards() {
    faultInjector.set(Fault.BROWN_OUT, new Setting(1, 7, Duration.ofSeconds(30)));
    nanos.addAndGet(Duration.ofSeconds(29).toNanos());
    assertThat(faultInjector.drawForCharge(random)).contains(Fault.BROWN_OUT);
    assertThat(faultInjector.setting(Fault.BROWN_OUT))
        .isEqualTo(new Setting(1, 6, Duration.ofSeconds(1)));

    nanos.addAndGet(Duration.ofSeconds(1).toNanos());

    assertThat(faultInjector.drawForCharge(random)).isEmpty();
    assertThat(faultInjector.setting(Fault.BROWN_OUT)).isEqualTo(Setting.NONE);
  }

  @Test
  void drawForInquiry_faultsOfCharges_areNotInjected() {
    Stream.of(Fault.values())
        .filter(fault -> !fault.affectsInquiries())
        .forEach(fault -> faultInjector.set(fault, new Setting(1, 5, null)));
    assertThat(faultInjector.drawForInquiry(random)).isEmpty();

    faultInjector.set(Fault.INQUIRY_BROKEN, new Setting(0, 1, null));

    assertThat(faultInjector.drawForInquiry(random)).contains(Fault.INQUIRY_BROKEN);
    assertThat(faultInjector.drawForInquiry(random)).isEmpty();
  }

  /** Faults for the next charges are not injected into an inquiry between them. */
  @Test
  void drawForInquiry_brownOut_usesTheRateOnly() {
    faultInjector.set(Fault.BROWN_OUT, new Setting(0, 1, null));
    assertThat(faultInjector.drawForInquiry(random)).isEmpty();

    faultInjector.set(Fault.BROWN_OUT, Setting.ofRate(1));

    assertThat(faultInjector.drawForInquiry(random)).contains(Fault.BROWN_OUT);
  }

  @Test
  void clear_removesAllSettings() {
    Stream.of(Fault.values()).forEach(fault -> faultInjector.set(fault, new Setting(1, 5, null)));

    faultInjector.clear();

    assertThat(charges(10)).containsOnly(Optional.empty());
    assertThat(faultInjector.drawForInquiry(random)).isEmpty();
  }

  private List<Optional<Fault>> charges(int count) {
    return Stream.generate(() -> faultInjector.drawForCharge(random)).limit(count).toList();
  }
}
