package dev.paymeter.gateway;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.OrderDetails;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.VoidReason;
import dev.paymeter.payment.port.GatewayCapabilities;
import dev.paymeter.payment.port.GatewayCapabilities.Feature;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.PaymentOutcome;
import dev.paymeter.payment.port.RecordedCharge;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Contract of all gateways, simulated or real: money moves at most once per gateway key, only
 * evidence ends an unknown outcome, and the responses lead to the states of each {@link
 * GatewayPath}. A gateway that has a feature extends the part of this class about it; one that does
 * not have it rejects the orders that need it.
 */
public abstract class GatewayContract {
  /** Longer than any gateway keeps its keys. */
  static final Duration LATER = Duration.ofDays(2);

  private static final IdempotencyKey KEY = new IdempotencyKey("", "POST /p", "k & 1", "aa");
  private static final IdempotencyKey REFUND_KEY = new IdempotencyKey("", "POST /r", "k-1", "aa");

  /** A request to a gateway that moves, holds or releases money. */
  public enum Request {
    CHARGE,
    CAPTURE,
    CANCEL,
    REFUND
  }

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

  /** Makes the gateway reject the next charge because it cannot process it now. */
  protected abstract void rejectCharge();

  /** Loses the next request of a kind, before the gateway receives it. */
  protected abstract void loseRequest(Request kind);

  /** Loses the response to the next request of a kind. */
  protected abstract void loseResponse(Request kind);

  /** Asserts that there is no response, or one that is no evidence. */
  protected abstract void assertUnknown(Future<GatewayResult> result);

  /** Lets the time of all authorizations pass. */
  protected void expire() {
    throw new AssertionError("the gateway authorizes no payments");
  }

  /**
   * Returns an order whose payer has to authenticate the payment.
   *
   * @param passes what the payer does when {@link #returnPayers} is called
   */
  protected TestOrders toBeAuthenticated(boolean passes) {
    throw new AssertionError("the gateway has no authentications");
  }

  /** Lets all payers act. */
  protected void returnPayers(boolean pass) {
    throw new AssertionError("the gateway has no authentications");
  }

  /** Returns an order whose refunds the gateway approves, and can fail after that. */
  protected abstract TestOrders withFailingRefunds();

  /** Fails the last refund, which the gateway has approved. */
  protected abstract void failRefund();

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
    return paid(payment);
  }

  private static Payment paid(Payment payment) {
    return TestOrders.settled(payment, TestOrders.DURATION, TestOrders.CREATED_AT);
  }

  private GatewayCapabilities capabilities() {
    return gateway().capabilities(order().build().gateway());
  }

  private boolean has(Feature feature) {
    return capabilities().features().contains(feature);
  }

  /** Returns an order that only gateways with a feature accept. */
  private TestOrders orderWith(Feature feature) {
    OrderDetails details = order().build().details();
    return switch (feature) {
      case NO_TOKEN -> order().details(OrderDetails.NONE);
      case CUSTOMER -> order().details(new OrderDetails(details.token(), "cus_1", null, Map.of()));
      case METADATA ->
          order().details(new OrderDetails(details.token(), null, null, Map.of("a", "b")));
      case MANUAL_CAPTURE -> order().manual();
      case PAYER_ACTION -> order().returning();
      case DISPUTES -> throw new AssertionError("no order requires disputes");
    };
  }

  @ParameterizedTest
  @EnumSource
  void responses_path_leadToItsStates(GatewayPath path) {
    Optional<Feature> missing = path.feature().filter(feature -> !has(feature));
    if (missing.isPresent()) {
      assertRejected(orderWith(missing.get()));
      return;
    }
    Trail trail = path.follow(this);

    assertThat(trail.ofPayment()).isEqualTo(path.ofPayment());
    assertThat(trail.ofRefunds()).isEqualTo(path.ofRefunds());
  }

  @Test
  void dispute_unknownReference_isEmpty() {
    assertThat(await(gateway().dispute(order().build().gateway(), "dp_unknown"))).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "DISPUTES")
  void charge_orderWithFeature_isAcceptedOrRejected(Feature feature) {
    if (has(feature)) {
      Payment payment = orderWith(feature).pending();
      assertThat(capabilities().violations(payment.order(), "any")).isEmpty();
      assertThat(charge(payment).error()).isNull();
    } else {
      assertRejected(orderWith(feature));
    }
  }

  /** The API rejects the order; routing rules may lead to the gateway nevertheless. */
  private void assertRejected(TestOrders order) {
    Payment payment = order.pending();

    assertThat(capabilities().violations(payment.order(), "any")).isNotEmpty();
    assertThat(charge(payment)).isInstanceOf(GatewayResult.NotSubmitted.class);
    assertThat(charges()).isZero();
  }

  @Test
  void capabilities_partsOfTheContract_areThose() {
    assertThat(isExtended(Captures.class)).isEqualTo(has(Feature.MANUAL_CAPTURE));
    assertThat(isExtended(Actions.class)).isEqualTo(has(Feature.PAYER_ACTION));
  }

  private boolean isExtended(Class<?> part) {
    return Stream.of(getClass().getDeclaredClasses()).anyMatch(part::isAssignableFrom);
  }

  @Test
  void account_stated_isNotEmpty() {
    String name = order().build().gateway();

    assertThat(gateway().account(name)).hasValueSatisfying(id -> assertThat(id).isNotBlank());
  }

  @Test
  void capabilities_acceptedOrder_hasNoViolation() {
    assertThat(capabilities().violations(order().build(), "any")).isEmpty();
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
  void charge_rejectedByTheGateway_canFailOver() {
    rejectCharge();

    assertThat(charge(order().pending()).canFailOver()).isTrue();
    assertThat(charges()).isZero();
  }

  @Test
  void charge_responseLost_isUnknownAndThenApproved() {
    Payment payment = order().pending();
    loseResponse(Request.CHARGE);

    assertUnknown(gateway().charge(payment));

    assertThat(resolve(TestOrders.withoutTokenValue(payment)))
        .isInstanceOf(GatewayResult.Approved.class);
    assertThat(charges()).isEqualTo(1);
  }

  @Test
  void charge_responseLostAndKeysForgotten_isFoundLater() {
    Payment payment = order().pending();
    loseResponse(Request.CHARGE);
    assertUnknown(gateway().charge(payment));

    assertThat(await(later(LATER).resolve(TestOrders.withoutTokenValue(payment))))
        .isInstanceOf(GatewayResult.Approved.class);
    assertThat(charges()).isEqualTo(1);
  }

  @Test
  void charge_requestLost_isUnknownAndThenNeverCharged() {
    Payment payment = order().pending();
    loseRequest(Request.CHARGE);

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

  @ParameterizedTest
  @CsvSource({"13.00, USD", "12.50, EUR"})
  void charge_keyOfAnEarlierPaymentOfAnotherAmount_isDeclined(String amount, String currency) {
    charge(order().pending(Optional.of(KEY)));
    Payment other = order().of(amount, currency).pending(Optional.of(KEY));

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
    Payment never = paid(order().pending());

    assertThat(await(gateway().refund(TestOrders.refund(never, "1.00"))).error()).isNotNull();
    assertThat(refunds()).isZero();
  }

  @Test
  void refund_responseLost_isUnknownAndThenApproved() {
    Refund refund = TestOrders.refund(charged(order()), "2.50");
    loseResponse(Request.REFUND);

    assertUnknown(gateway().refund(refund));

    assertThat(await(gateway().resolveRefund(refund))).isInstanceOf(GatewayResult.Approved.class);
    assertThat(refunds()).isEqualTo(1);
  }

  /** It may take a day until that is certain. */
  @Test
  void refund_requestLost_isUnknownAndThenNotSubmitted() {
    Refund refund = TestOrders.refund(charged(order()), "2.50");
    loseRequest(Request.REFUND);

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

  /** The charge is that of an earlier payment with the same key, which the ledger has lost. */
  @Test
  void refund_ofARepeatedPayment_isOfTheFirstCharge() {
    Payment lost = order().pending(Optional.of(KEY));
    Payment repeated = order().pending(Optional.of(KEY));
    charge(lost);
    charge(repeated);

    assertThat(await(gateway().refund(TestOrders.refund(paid(repeated), "12.50"))))
        .isInstanceOf(GatewayResult.Approved.class);
    assertThat(failure(gateway().refund(TestOrders.refund(paid(lost), "0.01"))))
        .isEqualTo(FailureCode.REFUND_DECLINED);
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

  private List<RecordedCharge> recordedCharges() {
    List<RecordedCharge> charges = new ArrayList<>();
    await(
        gateway()
            .recordedCharges(
                Instant.EPOCH,
                page -> {
                  charges.addAll(page);
                  return Future.succeededFuture();
                }));
    return charges;
  }

  /** The contract of gateways that authorize payments, and capture or cancel them later. */
  protected abstract class Captures {
    private Payment authorize(String amount, String currency) {
      return authorize(order().of(amount, currency).manual().pending(Optional.empty()));
    }

    private Payment authorize(Payment pending) {
      return authorized(pending, charge(pending));
    }

    private Payment authorized(Payment pending, GatewayResult result) {
      assertThat(result).isInstanceOf(GatewayResult.Authorized.class);
      return PaymentOutcome.authorized(pending, result, TestOrders.DURATION);
    }

    private GatewayResult capture(Payment payment, String amount) {
      return await(gateway().capture(capturing(payment, amount)));
    }

    private Payment capturing(Payment payment, String amount) {
      return payment.requestCapture(
          UUID.randomUUID(),
          TestOrders.money(amount, payment.amount().currency().getCurrencyCode()));
    }

    private Payment voiding(Payment payment) {
      return payment.requestVoid(UUID.randomUUID(), VoidReason.REQUESTED);
    }

    private Money captured(GatewayResult result) {
      return ((GatewayResult.Approved) result).captured();
    }

    @Test
    void charge_manual_isAuthorizedUntilATimeAndMovesNothing() {
      Payment pending = order().manual().pending(Optional.empty());

      GatewayResult result = charge(pending);

      GatewayResult.Authorized held = (GatewayResult.Authorized) result;
      assertThat(held.reference()).isNotBlank();
      assertThat(held.expiresAt()).isAfter(TestOrders.CREATED_AT);
      assertThat(charge(pending)).isEqualTo(result);
      assertThat(resolve(pending)).isEqualTo(result);
      assertThat(resolve(authorized(pending, result))).isEqualTo(result);
      assertThat(charges()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"12.50, USD, 12.50", "12.50, USD, 0.51", "1250, JPY, 999", "1.230, KWD, 1.220"})
    void capture_allOrPart_isOnRecordWithItsAmount(String amount, String currency, String part) {
      Payment capturing = capturing(authorize(amount, currency), part);

      GatewayResult result = await(gateway().capture(capturing));

      assertThat(captured(result)).isEqualTo(TestOrders.money(part, currency));
      assertThat(await(gateway().capture(capturing))).isEqualTo(result);
      assertThat(resolve(capturing)).isEqualTo(result);
      assertThat(charges()).isEqualTo(1);
    }

    @Test
    void capture_another_isTheFirst() {
      Payment payment = authorize("12.50", "USD");
      GatewayResult first = capture(payment, "5.00");

      assertThat(capture(payment, "7.00")).isEqualTo(first);
      assertThat(await(gateway().cancel(voiding(payment)))).isEqualTo(first);
      assertThat(resolve(payment)).isEqualTo(first);
      assertThat(charges()).isEqualTo(1);
    }

    @Test
    void capture_more_isDeclinedAndStillAuthorized() {
      Payment payment = authorize("12.50", "USD");

      assertThat(capture(payment, "12.51")).isInstanceOf(GatewayResult.Rejected.class);

      assertThat(resolve(payment)).isInstanceOf(GatewayResult.Authorized.class);
      assertThat(captured(capture(payment, "12.50"))).isEqualTo(payment.amount());
    }

    @Test
    void cancel_authorized_isCanceledForGood() {
      Payment payment = authorize("12.50", "USD");
      Payment voiding = voiding(payment);

      GatewayResult result = await(gateway().cancel(voiding));

      assertThat(((GatewayResult.Canceled) result).isExpired()).isFalse();
      assertThat(await(gateway().cancel(voiding))).isEqualTo(result);
      assertThat(resolve(payment)).isEqualTo(result);
      assertThat(capture(payment, "1.00")).isEqualTo(result);
      assertThat(charges()).isZero();
    }

    /** The ledger may not know that the payment was authorized. */
    @Test
    void resolve_canceledAndNotKnownToBeAuthorized_isCanceled() {
      Payment pending = order().manual().pending(Optional.empty());
      GatewayResult canceled = await(gateway().cancel(voiding(authorize(pending))));

      assertThat(resolve(pending)).isEqualTo(canceled);
    }

    @Test
    void resolve_expired_isCanceledBecauseOfThat() {
      Payment payment = authorize("12.50", "USD");

      expire();

      assertThat(((GatewayResult.Canceled) resolve(payment)).isExpired()).isTrue();
      assertThat(capture(payment, "1.00")).isInstanceOf(GatewayResult.Canceled.class);
    }

    @Test
    void refund_ofAPartialCapture_isUpToTheCapturedAmount() {
      Payment payment = authorize("12.50", "USD");
      capture(payment, "5.00");
      Payment captured = TestOrders.captured(payment, "5.00");

      assertThat(failure(gateway().refund(TestOrders.refund(captured, "5.01"))))
          .isEqualTo(FailureCode.REFUND_DECLINED);
      assertThat(await(gateway().refund(TestOrders.refund(captured, "5.00"))))
          .isInstanceOf(GatewayResult.Approved.class);
      assertThat(captured(resolve(payment))).isEqualTo(captured.amount());
    }

    /** A lost row must be inserted with what has happened to the payment since. */
    @Test
    void recordedCharges_haveThePresentResults() {
      Payment held = authorize("12.50", "USD");
      Payment captured = authorize("12.50", "USD");
      capture(captured, "5.00");
      Payment canceled = authorize("12.50", "USD");
      await(gateway().cancel(voiding(canceled)));

      List<RecordedCharge> charges = recordedCharges();

      assertThat(charges).hasSize(3);
      RecordedCharge ofHeld = find(charges, held);
      assertThat(ofHeld.payment().order()).isEqualTo(held.order());
      assertThat(ofHeld.conclusion()).isEmpty();
      assertThat(captured(find(charges, captured).conclusion().orElseThrow()))
          .isEqualTo(TestOrders.money("5.00", "USD"));
      assertThat(find(charges, canceled).isCanceled()).isTrue();
    }

    private RecordedCharge find(List<RecordedCharge> charges, Payment payment) {
      return charges.stream()
          .filter(charge -> charge.payment().id().equals(payment.id()))
          .findFirst()
          .orElseThrow();
    }
  }

  /** The contract of gateways whose payers can authenticate payments. */
  protected abstract class Actions {
    private final Instant expiry = TestOrders.CREATED_AT.plus(Duration.ofMinutes(15));

    private Payment pending(boolean passes) {
      return toBeAuthenticated(passes).returning().pending(Optional.empty());
    }

    /** Returns a payment that the gateway has, and that waits for its payer. */
    private Payment waiting(Payment pending) {
      GatewayResult result = charge(pending);
      assertThat(result).isInstanceOf(GatewayResult.ActionRequired.class);
      return PaymentOutcome.requiresAction(
          pending, (GatewayResult.ActionRequired) result, TestOrders.DURATION, expiry);
    }

    private Payment expired(Payment waiting) {
      return waiting.expireAction(expiry);
    }

    private FailureCode code(GatewayResult result) {
      assertThat(result).isInstanceOf(GatewayResult.Rejected.class);
      return ((GatewayResult.Rejected) result).error().code();
    }

    @Test
    void charge_withReturnAddress_requiresAnActionAndMovesNothing() {
      Payment pending = pending(true);

      GatewayResult result = charge(pending);

      GatewayResult.ActionRequired required = (GatewayResult.ActionRequired) result;
      assertThat(required.next().value()).startsWith("https://");
      assertThat(required.toString()).doesNotContain("https://");
      assertThat(resolve(pending)).isEqualTo(result);
      assertThat(resolve(waiting(pending))).isEqualTo(result);
      assertThat(charges()).isZero();
    }

    @Test
    void charge_withoutReturnAddress_isDeclinedForGood() {
      Payment pending = toBeAuthenticated(true).pending(Optional.empty());

      assertThat(code(charge(pending))).isEqualTo(FailureCode.AUTHENTICATION_REQUIRED);

      returnPayers(true);
      assertThat(code(resolve(pending))).isEqualTo(FailureCode.AUTHENTICATION_REQUIRED);
      assertThat(charges()).isZero();
    }

    @Test
    void resolve_payerHasPassed_isChargedOnce() {
      Payment waiting = waiting(pending(true));

      returnPayers(true);

      GatewayResult result = resolve(waiting);
      assertThat(result).isInstanceOf(GatewayResult.Approved.class);
      assertThat(resolve(waiting)).isEqualTo(result);
      assertThat(charges()).isEqualTo(1);
    }

    /** A payer must not be able to try again: the shop has given up the order. */
    @Test
    void resolve_payerHasFailed_isDeclinedForGood() {
      Payment waiting = waiting(pending(false));

      returnPayers(false);

      assertThat(code(resolve(waiting))).isEqualTo(FailureCode.AUTHENTICATION_FAILED);
      returnPayers(true);
      assertThat(code(resolve(waiting))).isEqualTo(FailureCode.AUTHENTICATION_FAILED);
      assertThat(charges()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void cancel_payerHasNotActed_isDeclinedForGood(boolean isManual) {
      TestOrders order = toBeAuthenticated(true).returning();
      Payment expired =
          expired(waiting((isManual ? order.manual() : order).pending(Optional.empty())));

      assertThat(code(await(gateway().cancel(expired))))
          .isEqualTo(FailureCode.AUTHENTICATION_TIMEOUT);

      returnPayers(true);
      assertThat(code(await(gateway().cancel(expired))))
          .isEqualTo(FailureCode.AUTHENTICATION_TIMEOUT);
      assertThat(code(resolve(expired))).isEqualTo(FailureCode.AUTHENTICATION_TIMEOUT);
      assertThat(charges()).isZero();
    }

    @Test
    void cancel_payerWasFaster_isApproved() {
      Payment waiting = waiting(pending(true));
      returnPayers(true);

      assertThat(await(gateway().cancel(expired(waiting))))
          .isInstanceOf(GatewayResult.Approved.class);
    }

    /** The amount is released: it was held after the payer's time had passed. */
    @Test
    void cancel_payerWasFasterAndCaptureIsManual_isTooLate() {
      Payment expired =
          expired(waiting(toBeAuthenticated(true).returning().manual().pending(Optional.empty())));
      returnPayers(true);

      GatewayResult result = await(gateway().cancel(expired));

      Payment failed =
          PaymentOutcome.of(
              expired,
              result,
              new Payment.Settlement(Duration.ZERO, TestOrders.CREATED_AT, result.error(), 1));
      assertThat(failed.error().map(PaymentException::code))
          .contains(FailureCode.AUTHENTICATION_TIMEOUT);
      assertThat(resolve(expired)).isEqualTo(result);
      assertThat(charges()).isZero();
    }

    @Test
    void recordedCharges_waiting_hasNoConclusion() {
      Payment waiting = waiting(pending(true));

      List<RecordedCharge> charges = recordedCharges();

      assertThat(charges).hasSize(1);
      assertThat(charges.get(0).conclusion()).isEmpty();
      assertThat(charges.get(0).payment().order().details().returnAddress().url())
          .isEqualTo(waiting.order().details().returnAddress().url());
    }
  }
}
