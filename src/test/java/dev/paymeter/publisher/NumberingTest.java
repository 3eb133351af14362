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

  private BatchEncoder.EncodedBatch pack(int rows) {
    return numbering.encode(List.copyOf(Collections.nCopies(rows, ROW)));
  }

  private static long sequence(BatchEncoder.EncodedBatch encodedBatch) {
    return new JsonObject((Buffer) encodedBatch.body()).getLong("sequence");
  }

  private void pass(Duration time) {
    clock.advance(time);
  }

  @Test
  void pack_regularReplies_keepsTheSession() {
    BatchEncoder.EncodedBatch first = pack(3);

    for (int answer = 0; answer < 10; answer++) {
      pass(Numbering.MAX_IDLE);
      numbering.acknowledged(first);
    }

    BatchEncoder.EncodedBatch next = pack(1);
    assertThat(next.session()).isEqualTo(first.session());
    assertThat(sequence(next)).isEqualTo(3);
  }

  @Test
  void pack_afterTheIdleLimit_startsANewSession() {
    BatchEncoder.EncodedBatch first = pack(3);
    numbering.acknowledged(first);

    pass(Numbering.MAX_IDLE.plusSeconds(1));

    BatchEncoder.EncodedBatch next = pack(1);
    assertThat(next.session()).isNotEqualTo(first.session());
    assertThat(sequence(next)).isZero();
    assertThat(sequence(pack(1))).isEqualTo(1);
  }

  /** The loss of an old session does not affect the current one. */
  @Test
  void sessionLost_twiceForTheSameSession_startsOneSession() {
    BatchEncoder.EncodedBatch first = pack(3);
    BatchEncoder.EncodedBatch second = pack(3);

    numbering.sessionLost(first);
    BatchEncoder.EncodedBatch third = pack(3);
    numbering.sessionLost(second);

    BatchEncoder.EncodedBatch fourth = pack(3);
    assertThat(fourth.session()).isEqualTo(third.session()).isNotEqualTo(first.session());
    assertThat(sequence(fourth)).isEqualTo(3);
  }

  @Test
  void acknowledged_oldSession_doesNotExtendTheCurrentOne() {
    BatchEncoder.EncodedBatch old = pack(3);
    numbering.sessionLost(old);
    BatchEncoder.EncodedBatch present = pack(3);

    pass(Numbering.MAX_IDLE);
    numbering.acknowledged(old);
    pass(Duration.ofSeconds(1));

    assertThat(pack(1).session()).isNotEqualTo(present.session());
  }

  /** Regression: each undelivered message left a gap in the session of the others. */
  @Test
  void mayReuseNumbers_onlyInASessionWithoutReplies() {
    BatchEncoder.EncodedBatch first = pack(3);
    BatchEncoder.EncodedBatch second = pack(3);
    assertThat(numbering.mayReuseNumbers(first)).isTrue();
    assertThat(numbering.mayReuseNumbers(second)).isTrue();

    numbering.acknowledged(first);

    assertThat(numbering.mayReuseNumbers(second)).isFalse();
    BatchEncoder.EncodedBatch third = pack(3);
    assertThat(sequence(third)).isZero();
    assertThat(numbering.mayReuseNumbers(second)).isFalse();
    assertThat(numbering.mayReuseNumbers(third)).isTrue();
  }
}
