package dev.paymeter.publisher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.payment.ManualClock;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class NumberingTest {
  private static final Object[] ROW = {"db_query", "success", 7L};

  private final ManualClock clock = new ManualClock();
  private final Numbering numbering = new Numbering("shop", clock);

  private BatchEncoder.Parcel pack(int rows) {
    return numbering.pack(List.copyOf(Collections.nCopies(rows, ROW)));
  }

  private static long sequence(BatchEncoder.Parcel parcel) {
    return new JsonObject((Buffer) parcel.body()).getLong("sequence");
  }

  private void pass(Duration time) {
    clock.move(time);
  }

  @Test
  void pack_regularReplies_keepsTheSession() {
    BatchEncoder.Parcel first = pack(3);

    for (int answer = 0; answer < 10; answer++) {
      pass(Numbering.LONGEST_SILENCE);
      numbering.answered(first);
    }

    BatchEncoder.Parcel next = pack(1);
    assertThat(next.session()).isEqualTo(first.session());
    assertThat(sequence(next)).isEqualTo(3);
  }

  @Test
  void pack_afterTheIdleLimit_startsANewSession() {
    BatchEncoder.Parcel first = pack(3);
    numbering.answered(first);

    pass(Numbering.LONGEST_SILENCE.plusSeconds(1));

    BatchEncoder.Parcel next = pack(1);
    assertThat(next.session()).isNotEqualTo(first.session());
    assertThat(sequence(next)).isZero();
    assertThat(sequence(pack(1))).isEqualTo(1);
  }

  /** The loss of an old session does not affect the current one. */
  @Test
  void sessionLost_twiceForTheSameSession_startsOneSession() {
    BatchEncoder.Parcel first = pack(3);
    BatchEncoder.Parcel second = pack(3);

    numbering.forgotten(first);
    BatchEncoder.Parcel third = pack(3);
    numbering.forgotten(second);

    BatchEncoder.Parcel fourth = pack(3);
    assertThat(fourth.session()).isEqualTo(third.session()).isNotEqualTo(first.session());
    assertThat(sequence(fourth)).isEqualTo(3);
  }

  @Test
  void acknowledged_oldSession_doesNotExtendTheCurrentOne() {
    BatchEncoder.Parcel old = pack(3);
    numbering.forgotten(old);
    BatchEncoder.Parcel present = pack(3);

    pass(Numbering.LONGEST_SILENCE);
    numbering.answered(old);
    pass(Duration.ofSeconds(1));

    assertThat(pack(1).session()).isNotEqualTo(present.session());
  }

  /** Regression: each undelivered message left a gap in the session of the others. */
  @Test
  void mayReuseNumbers_onlyInASessionWithoutReplies() {
    BatchEncoder.Parcel first = pack(3);
    BatchEncoder.Parcel second = pack(3);
    assertThat(numbering.mayGoOn(first)).isTrue();
    assertThat(numbering.mayGoOn(second)).isTrue();

    numbering.answered(first);

    assertThat(numbering.mayGoOn(second)).isFalse();
    BatchEncoder.Parcel third = pack(3);
    assertThat(sequence(third)).isZero();
    assertThat(numbering.mayGoOn(second)).isFalse();
    assertThat(numbering.mayGoOn(third)).isTrue();
  }
}
