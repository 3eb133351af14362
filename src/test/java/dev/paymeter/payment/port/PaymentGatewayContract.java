package dev.paymeter.payment.port;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.Refund;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * Contract of all gateways, simulated or real: money moves at most once per gateway key, and only
 * evidence ends an unknown outcome.
 */
public abstract class PaymentGatewayContract {
  private static final IdempotencyKey KEY = new IdempotencyKey("", "POST /p", "k & 1", "aa");
  private static final IdempotencyKey REFUND_KEY = new IdempotencyKey("", "POST /r", "k-1", "aa");

  /** Longer than any gateway keeps its keys. */
  private static final Duration LATER = Duration.ofDays(2);

  /** The returned gateway has stated its account. */
  protected abstract PaymentGateway gateway();

  /**
   * Returns a gateway in the same account.
   *
   * @param age of the payments; the gateway has forgotten their keys if they are older than it
   *     keeps them
   */
  protected abstract PaymentGateway later(Duration age);

  /** Returns an order that the gateway accepts, and approves. */
  protected abstract TestOrders order();

  /** Returns an order that the gateway declines. */
  protected abstract TestOrders declined();

  /** Loses the next request that moves money, before the gateway receives it. */
  protected abstract void loseRequest();

  /** Loses the response to the next request that moves money. */
  protected abstract void loseResponse();

  /** Asserts that there is no response, or one that is no evidence. */
  protected abstract void assertUnknown(Future<GatewayResult> result);

  /** Returns the number of payments that the gateway has charged. */
  protected abstract int charges();

  /** Returns the number of refunds that the gateway has made. */
  protected abstract int refunds();

  private GatewayResult charge(Payment payment) {
    return await(gateway().charge(payment));
  }

  private GatewayResult resolve(Payment payment) {
    return await(gateway().resolve(payment));
  }

  /** Returns a payment that the gateway has charged. */
  private Payment charged(TestOrders order) {
    Payment payment = order.pending();
    assertThat(charge(payment)).isInstanceOf(GatewayResult.Approved.class);
    return TestOrders.settled(payment, TestOrders.DURATION, TestOrders.CREATED_AT);
  }

  @Test
  void account_stated_isNotEmpty() {
    String name = order().build().gateway();

    assertThat(gateway().account(name)).hasValueSatisfying(id -> assertThat(id).isNotBlank());
  }

  @Test
  void capabilities_acceptedOrder_hasNoViolation() {
    assertThat(gateway().capabilities("any").violations(order().build(), "any")).isEmpty();
  }

  @Test
  void charge_twice_chargesOnceAndRepeatsTheResult() {
    Payment payment = order().pending();

    GatewayResult first = charge(payment);

    assertThat(first).isInstanceOf(GatewayResult.Approved.class);
    assertThat(charge(payment)).isEqualTo(first);
    assertThat(resolve(payment)).isEqualTo(first);
    assertThat(resolve(TestOrders.withoutTokenValue(payment))).isEqualTo(first);
    assertThat(charges()).isEqualTo(1);
  }

  @Test
  void charge_declined_isFinal() {
    Payment payment = declined().pending();

    GatewayResult result = charge(payment);

    assertThat(result).isInstanceOf(GatewayResult.Rejected.class);
    assertThat(result.canFailOver()).isFalse();
    assertThat(resolve(payment).error()).isInstanceOf(PaymentException.class);
    assertThat(charge(payment).error()).isInstanceOf(PaymentException.class);
    assertThat(charges()).isZero();
  }

  @Test
  void charge_responseLost_isUnknownAndThenApproved() {
    Payment payment = order().pending();
    loseResponse();

    assertUnknown(gateway().charge(payment));

    assertThat(resolve(TestOrders.withoutTokenValue(payment)))
        .isInstanceOf(GatewayResult.Approved.class);
    assertThat(charges()).isEqualTo(1);
  }

  @Test
  void charge_responseLostAndKeysForgotten_isFoundLater() {
    Payment payment = order().pending();
    loseResponse();
    assertUnknown(gateway().charge(payment));

    assertThat(await(later(LATER).resolve(TestOrders.withoutTokenValue(payment))))
        .isInstanceOf(GatewayResult.Approved.class);
    assertThat(charges()).isEqualTo(1);
  }

  @Test
  void charge_requestLost_isUnknownAndThenNeverCharged() {
    Payment payment = order().pending();
    loseRequest();

    assertUnknown(gateway().charge(payment));

    assertThat(resolve(TestOrders.withoutTokenValue(payment)))
        .isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(charge(payment)).isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(resolve(payment)).isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(charges()).isZero();
  }

  @Test
  void resolve_neverCharged_isNeverCharged() {
    Payment payment = order().pending();

    assertThat(resolve(payment)).isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(charge(payment)).isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(charges()).isZero();
  }

  @Test
  void resolve_neverChargedAndKeysForgotten_isNotSubmitted() {
    assertThat(await(later(LATER).resolve(order().pending())))
        .isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(charges()).isZero();
  }

  /** The ledger has lost the first payment, and its client repeats the request. */
  @Test
  void charge_keyOfAnEarlierPayment_getsItsResult() {
    Payment lost = order().pending(Optional.of(KEY));
    Payment repeated = order().pending(Optional.of(KEY));
    GatewayResult first = charge(lost);

    assertThat(charge(repeated)).isEqualTo(new GatewayResult.Earlier(lost.id(), first));
    assertThat(resolve(repeated)).isEqualTo(new GatewayResult.Earlier(lost.id(), first));
    assertThat(resolve(lost)).isEqualTo(first);
    assertThat(charges()).isEqualTo(1);
  }

  @Test
  void charge_keyOfAnEarlierPaymentOfAnotherAmount_isDeclined() {
    charge(order().pending(Optional.of(KEY)));
    Payment other = order().of("13.00", "USD").pending(Optional.of(KEY));

    assertThat(charge(other)).isEqualTo(GatewayResult.KEY_OF_ANOTHER_AMOUNT);
    assertThat(resolve(other)).isEqualTo(GatewayResult.KEY_OF_ANOTHER_AMOUNT);
    assertThat(charges()).isEqualTo(1);
  }

  @Test
  void refund_twice_refundsOnceAndRepeatsTheResult() {
    Refund refund = TestOrders.refund(charged(order()), "2.50");

    GatewayResult first = await(gateway().refund(refund));

    assertThat(first).isInstanceOf(GatewayResult.Approved.class);
    assertThat(await(gateway().refund(refund))).isEqualTo(first);
    assertThat(await(gateway().resolveRefund(refund))).isEqualTo(first);
    assertThat(refunds()).isEqualTo(1);
  }

  @Test
  void refund_keysForgotten_findsItsCharge() {
    Refund refund = TestOrders.refund(charged(order()), "2.50");

    assertThat(await(later(LATER).refund(refund))).isInstanceOf(GatewayResult.Approved.class);
    assertThat(await(later(LATER).resolveRefund(refund)))
        .isInstanceOf(GatewayResult.Approved.class);
    assertThat(charges()).isEqualTo(1);
  }

  @Test
  void refund_severalParts_areLimitedByTheAmount() {
    Payment payment = charged(order());

    assertThat(await(gateway().refund(TestOrders.refund(payment, "12.00"))))
        .isInstanceOf(GatewayResult.Approved.class);
    assertThat(failure(gateway().refund(TestOrders.refund(payment, "0.51"))))
        .isEqualTo(FailureCode.REFUND_DECLINED);
    assertThat(await(gateway().refund(TestOrders.refund(payment, "0.50"))))
        .isInstanceOf(GatewayResult.Approved.class);
    assertThat(refunds()).isEqualTo(2);
  }

  @Test
  void refund_neverCharged_isNotMade() {
    Payment never =
        TestOrders.settled(order().pending(), TestOrders.DURATION, TestOrders.CREATED_AT);

    assertThat(await(gateway().refund(TestOrders.refund(never, "1.00"))).error()).isNotNull();
    assertThat(refunds()).isZero();
  }

  @Test
  void refund_responseLost_isUnknownAndThenApproved() {
    Refund refund = TestOrders.refund(charged(order()), "2.50");
    loseResponse();

    assertUnknown(gateway().refund(refund));

    assertThat(await(gateway().resolveRefund(refund))).isInstanceOf(GatewayResult.Approved.class);
    assertThat(refunds()).isEqualTo(1);
  }

  /** It may take a day until that is certain. */
  @Test
  void refund_requestLost_isUnknownAndThenNotSubmitted() {
    Refund refund = TestOrders.refund(charged(order()), "2.50");
    loseRequest();

    assertUnknown(gateway().refund(refund));

    assertThat(await(later(LATER).resolveRefund(refund)))
        .isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(refunds()).isZero();
  }

  @Test
  void refund_keyOfAnEarlierRefund_getsItsResult() {
    Payment payment = charged(order());
    Refund lost = keyed(payment, "5.00");
    GatewayResult first = await(gateway().refund(lost));
    GatewayResult earlier = new GatewayResult.Earlier(lost.id(), first);

    assertThat(await(gateway().refund(keyed(payment, "5.00")))).isEqualTo(earlier);
    assertThat(await(gateway().resolveRefund(keyed(payment, "5.00")))).isEqualTo(earlier);
    assertThat(await(gateway().refund(keyed(payment, "5.01"))))
        .isEqualTo(GatewayResult.KEY_OF_ANOTHER_AMOUNT);
    assertThat(refunds()).isEqualTo(1);
  }

  private static Refund keyed(Payment payment, String amount) {
    Refund refund = TestOrders.refund(payment, amount);
    return refund.withGatewayKey(
        TestOrders.GATEWAY_KEYS.create(refund.id(), Optional.of(REFUND_KEY)));
  }

  private static FailureCode failure(Future<GatewayResult> result) {
    PaymentException error = await(result).error();
    return error == null ? null : error.code();
  }
}
