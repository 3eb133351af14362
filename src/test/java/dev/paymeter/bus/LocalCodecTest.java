package dev.paymeter.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.paymeter.payment.Access;
import io.vertx.core.buffer.Buffer;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LocalCodecTest {
  private final LocalCodec<FindPayment> codec = new LocalCodec<>(FindPayment.class);

  @Test
  void transform_record_isTheSameObject() {
    FindPayment message = new FindPayment(UUID.randomUUID(), Access.ALL);

    assertThat(codec.transform(message)).isSameAs(message);
  }

  @Test
  void encodeToWire_anyRecord_failsWithItsName() {
    FindPayment message = new FindPayment(UUID.randomUUID(), Access.ALL);

    assertThatIllegalStateException()
        .isThrownBy(() -> codec.encodeToWire(Buffer.buffer(), message))
        .withMessageContaining("FindPayment");
    assertThatIllegalStateException()
        .isThrownBy(() -> codec.decodeFromWire(0, Buffer.buffer()))
        .withMessageContaining("FindPayment");
  }

  @Test
  void systemCodecId_isThatOfAUserCodec() {
    assertThat(codec.systemCodecID()).isEqualTo((byte) -1);
  }
}
