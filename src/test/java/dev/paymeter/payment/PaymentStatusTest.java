package dev.paymeter.payment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.paymeter.support.payment.TestOrders;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PaymentStatusTest {
  @ParameterizedTest
  @EnumSource
  void of_label_isTheStatus(PaymentStatus status) {
    assertThat(PaymentStatus.of(status.label())).isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource({
    "PENDING, pending, false",
    "UNKNOWN, unknown, false",
    "REQUIRES_ACTION, requires_action, false",
    "AUTHORIZED, authorized, false",
    "VOIDED, voided, true",
    "SUCCESS, success, true",
    "FAILED, failed, true",
    "PARTIALLY_REFUNDED, partially_refunded, true",
    "REFUNDED, refunded, true",
    "DISPUTED, disputed, true",
    "DISPUTE_LOST, dispute_lost, true",
    "REVERSED, reversed, true"
  })
  void label_isLowerCaseName(PaymentStatus status, String word, boolean isSettled) {
    assertThat(status.label()).isEqualTo(word);
    assertThat(status.isSettled()).isEqualTo(isSettled);
  }

  /** Unknown outcomes need evidence; failed is final. */
  @ParameterizedTest
  @CsvSource({
    "PENDING, UNKNOWN REQUIRES_ACTION AUTHORIZED VOIDED SUCCESS FAILED",
    "UNKNOWN, REQUIRES_ACTION AUTHORIZED VOIDED SUCCESS FAILED",
    "REQUIRES_ACTION, UNKNOWN AUTHORIZED VOIDED SUCCESS FAILED",
    "AUTHORIZED, PENDING UNKNOWN VOIDED SUCCESS",
    "VOIDED, ''",
    "SUCCESS, PARTIALLY_REFUNDED REFUNDED DISPUTED DISPUTE_LOST REVERSED",
    "PARTIALLY_REFUNDED, PARTIALLY_REFUNDED REFUNDED DISPUTED DISPUTE_LOST REVERSED",
    "REFUNDED, DISPUTED DISPUTE_LOST REVERSED",
    "DISPUTED, SUCCESS PARTIALLY_REFUNDED REFUNDED DISPUTED DISPUTE_LOST REVERSED",
    "DISPUTE_LOST, SUCCESS PARTIALLY_REFUNDED REFUNDED DISPUTED DISPUTE_LOST REVERSED",
    "REVERSED, ''",
    "FAILED, ''"
  })
  void canBecome_isTheStateMachine(PaymentStatus status, String next) {
    assertThat(Stream.of(PaymentStatus.values()).filter(status::canBecome).map(Enum::name))
        .containsExactlyInAnyOrder(next.isEmpty() ? new String[0] : next.split(" "));
    assertThat(Stream.of(PaymentStatus.values()))
        .allSatisfy(
            then ->
                assertThat(then.predecessors().contains(status)).isEqualTo(status.canBecome(then)));
  }

  @Test
  void of_unknownLabel_isRejected() {
    assertThatIllegalArgumentException().isThrownBy(() -> PaymentStatus.of("lost"));
  }

  @Test
  void status_followsFromTheSettlement() {
    assertThat(TestOrders.order().pending().status()).isEqualTo(PaymentStatus.PENDING);
    assertThat(TestOrders.order().succeeded().status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(TestOrders.order().failed(new PaymentGatewayException("down")).status())
        .isEqualTo(PaymentStatus.FAILED);
  }

  @Test
  void status_ofAnAction_followsFromIt() {
    Payment waiting = TestOrders.order().requiringAction();
    Payment expired = waiting.expireAction(TestOrders.CREATED_AT.plusSeconds(900));

    assertThat(waiting.status()).isEqualTo(PaymentStatus.REQUIRES_ACTION);
    assertThat(waiting.toString()).doesNotContain("https://");
    assertThat(expired.status()).isEqualTo(PaymentStatus.UNKNOWN);
    assertThat(expired.isToBeCanceled()).isTrue();
    Payment paid =
        expired.settle(new Payment.Settlement(TestOrders.DURATION, TestOrders.CREATED_AT, null, 1));
    assertThat(paid.status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(paid.payerAction()).isEmpty();
  }

  @Test
  void status_ofAnAuthorization_followsFromItsStep() {
    Payment authorized = TestOrders.order().authorized();
    Payment capturing = authorized.requestCapture(UUID.randomUUID(), authorized.amount());

    assertThat(authorized.status()).isEqualTo(PaymentStatus.AUTHORIZED);
    assertThat(capturing.status()).isEqualTo(PaymentStatus.PENDING);
    assertThat(TestOrders.markedUnknown(capturing).status()).isEqualTo(PaymentStatus.UNKNOWN);
    assertThat(capturing.rejectStep().status()).isEqualTo(PaymentStatus.AUTHORIZED);
    assertThat(TestOrders.captured(capturing, "12.50").status()).isEqualTo(PaymentStatus.SUCCESS);
    assertThat(TestOrders.voided(authorized, VoidReason.EXPIRED).status())
        .isEqualTo(PaymentStatus.VOIDED);
  }
}
