package dev.paymeter.payment.port;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.query.PaymentFilter;
import dev.paymeter.payment.query.PaymentPage;
import dev.paymeter.support.payment.TestOrders;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The contract of all refund ledgers. */
public abstract class RefundLedgerContract {
  private static final Instant NOW = TestOrders.CREATED_AT.plusSeconds(60);
  private static final PaymentException RETURNED =
      PaymentException.of(FailureCode.REFUND_FAILED, "the account was closed");
  private static final PaymentException DECLINED =
      new PaymentValidationException(FailureCode.REFUND_DECLINED, "no");

  public abstract PaymentLedger ledger();

  public abstract RefundLedger refunds();

  private Payment paid(String amount, String currency) {
    Payment succeeded = TestOrders.order().of(amount, currency).succeeded();
    await(ledger().insert(TestOrders.pendingOf(succeeded)));
    return await(ledger().settle(succeeded));
  }

  private Payment paid() {
    return paid("12.50", "USD");
  }

  private static Refund of(Payment payment, String amount) {
    return of(payment, amount, null, NOW);
  }

  private static Refund of(
      Payment payment, String amount, @Nullable String reason, Instant createdAt) {
    String currency = payment.amount().currency().getCurrencyCode();
    return Refund.of(payment, TestOrders.money(amount, currency), reason, createdAt);
  }

  private static Refund settled(Refund refund, @Nullable PaymentException error) {
    return refund.settle(
        new Payment.Settlement(TestOrders.DURATION, NOW.plus(TestOrders.DURATION), error, 1));
  }

  private Refund inserted(Payment payment, String amount) {
    Refund refund = of(payment, amount);
    assertThat(await(refunds().insert(refund, Optional.empty()))).isTrue();
    return refund;
  }

  private static Optional<IdempotencyKey> key(String key) {
    return Optional.of(new IdempotencyKey("", "POST /r", key, "aa"));
  }

  private String remaining(Payment payment) {
    return await(refunds().findRefundable(payment.id())).orElseThrow().remaining().toString();
  }

  private Refund found(Refund refund) {
    return await(refunds().find(refund.payment().id(), refund.id())).orElseThrow();
  }

  private Payment found(Payment payment) {
    return await(ledger().find(payment.id())).orElseThrow();
  }

  @Test
  void findRefundable_absent_isEmpty() {
    assertThat(await(refunds().findRefundable(UUID.randomUUID()))).isEmpty();
  }

  @Test
  void findRefundable_pending_hasNothingRemaining() {
    Payment pending = TestOrders.order().pending();
    await(ledger().insert(pending));

    assertThat(remaining(pending)).isEqualTo("0.00 USD");
  }

  @ParameterizedTest
  @CsvSource({"0.01, EUR", "157, JPY", "1.234, KWD", "1000000.00, USD"})
  void insert_anyCurrency_isFoundUnchanged(String amount, String currency) {
    Payment payment = paid(amount, currency);
    Refund refund = of(payment, amount, "  damaged 'goods' 訂", NOW);

    assertThat(await(refunds().insert(refund, Optional.empty()))).isTrue();

    assertThat(found(refund)).isEqualTo(refund);
    assertThat(found(payment)).isEqualTo(payment);
  }

  @Test
  void insert_withKey_keepsTheGatewayKey() {
    Optional<IdempotencyKey> key = key("derived");
    Refund pending = of(paid(), "1.00");
    Refund refund = pending.withGatewayKey(TestOrders.GATEWAY_KEYS.create(pending.id(), key));

    assertThat(await(refunds().insert(refund, key))).isTrue();

    assertThat(found(refund)).isEqualTo(refund).isNotEqualTo(pending);
  }

  @Test
  void insert_severalParts_neverExceedThePayment() {
    Payment payment = paid();
    inserted(payment, "10.00");
    inserted(payment, "2.49");

    assertThat(remaining(payment)).isEqualTo("0.01 USD");
    assertThat(await(refunds().insert(of(payment, "0.02"), Optional.empty()))).isFalse();
    inserted(payment, "0.01");
    assertThat(await(refunds().insert(of(payment, "0.01"), Optional.empty()))).isFalse();
  }

  @Test
  void insert_failedPayment_isRejected() {
    Payment failed = TestOrders.order().failed(DECLINED);
    await(ledger().insert(TestOrders.pendingOf(failed)));
    await(ledger().settle(failed));

    assertThat(await(refunds().insert(of(failed, "0.01"), Optional.empty()))).isFalse();
    assertThat(remaining(failed)).isEqualTo("0.00 USD");
  }

  @Test
  void insert_existingKey_insertsAndReservesNothing() {
    Payment payment = paid();
    Refund first = of(payment, "5.00");
    assertThat(await(refunds().insert(first, key("known")))).isTrue();

    assertThat(await(refunds().insert(of(payment, "1.00"), key("known")))).isFalse();

    assertThat(remaining(payment)).isEqualTo("7.50 USD");
    assertThat(await(refunds().findRecord(key("known").get())))
        .contains(new IdempotencyRecord<>(Optional.of(first), "aa", true));
  }

  @Test
  void insert_tooMuch_leavesNoKey() {
    assertThat(await(refunds().insert(of(paid(), "12.51"), key("too-much")))).isFalse();

    assertThat(await(refunds().findRecord(key("too-much").get()))).isEmpty();
  }

  @Test
  void findRecord_settled_isNotInFlight() {
    Payment payment = paid();
    Refund refund = of(payment, "5.00");
    await(refunds().insert(refund, key("ended")));
    await(refunds().settle(settled(refund, DECLINED)));

    IdempotencyRecord<Refund> idempotencyRecord =
        await(refunds().findRecord(key("ended").get())).orElseThrow();

    assertThat(idempotencyRecord.inFlight()).isFalse();
    assertThat(idempotencyRecord.transfer().orElseThrow().error()).contains(DECLINED);
  }

  @Test
  void settle_success_reducesRemaining() {
    Payment payment = paid();
    Refund refund = inserted(payment, "5.00");
    Refund settled = settled(refund, null);

    assertThat(await(refunds().settle(settled))).isEqualTo(settled);

    assertThat(found(refund).settled()).isEqualTo(settled.settled());
    assertThat(remaining(payment)).isEqualTo("7.50 USD");
    assertThat(found(payment).refunded()).isEqualTo(TestOrders.money("5.00", "USD"));
    assertThat(found(payment).status()).isEqualTo(PaymentStatus.PARTIALLY_REFUNDED);
  }

  @Test
  void settle_fullAmount_isRefunded() {
    Payment payment = paid();
    await(refunds().settle(settled(inserted(payment, "12.49"), null)));
    await(refunds().settle(settled(inserted(payment, "0.01"), null)));

    assertThat(found(payment).status()).isEqualTo(PaymentStatus.REFUNDED);
    assertThat(remaining(payment)).isEqualTo("0.00 USD");
  }

  @Test
  void settle_failed_releasesTheAmount() {
    Payment payment = paid();
    Refund refund = inserted(payment, "12.50");

    await(refunds().settle(settled(refund, DECLINED)));

    assertThat(found(refund).error()).contains(DECLINED);
    assertThat(remaining(payment)).isEqualTo("12.50 USD");
    assertThat(found(payment)).isEqualTo(payment);
    inserted(payment, "12.50");
  }

  @Test
  void settle_again_changesNothing() {
    Payment payment = paid();
    Refund settled = settled(inserted(payment, "5.00"), null);
    await(refunds().settle(settled));

    assertThat(await(refunds().settle(settled)).settled()).isEqualTo(settled.settled());

    assertThat(remaining(payment)).isEqualTo("7.50 USD");
    assertThat(found(payment).refunded()).isEqualTo(TestOrders.money("5.00", "USD"));
  }

  @Test
  void settle_otherOutcome_conflicts() {
    Refund refund = inserted(paid(), "5.00");
    await(refunds().settle(settled(refund, null)));

    assertThatThrownBy(() -> await(refunds().settle(settled(refund, DECLINED))))
        .isInstanceOf(SettlementConflictException.class);
  }

  private static Refund failedLater(Refund successful) {
    return successful.failLater(
        new Payment.Settlement(TestOrders.DURATION, NOW.plus(Duration.ofDays(3)), RETURNED, 2));
  }

  @Test
  void settle_laterFailure_isFoundAndTheAmountIsRefundableAgain() {
    Payment payment = paid();
    await(refunds().settle(settled(inserted(payment, "2.50"), null)));
    Refund successful = await(refunds().settle(settled(inserted(payment, "10.00"), null)));
    Refund failed = failedLater(successful);

    assertThat(await(refunds().settle(failed))).isEqualTo(failed);

    assertThat(found(successful).status()).isEqualTo(PaymentStatus.FAILED);
    assertThat(found(successful).error()).contains(RETURNED);
    assertThat(found(successful).settled()).isEqualTo(failed.settled());
    assertThat(found(successful).success()).isEqualTo(successful.settlement());
    assertThat(found(successful).amountUsd()).isEqualTo(successful.amountUsd());
    assertThat(remaining(payment)).isEqualTo("10.00 USD");
    assertThat(found(payment).refunded()).isEqualTo(TestOrders.money("2.50", "USD"));
    assertThat(found(payment).status()).isEqualTo(PaymentStatus.PARTIALLY_REFUNDED);
  }

  @Test
  void settle_laterFailureOfTheOnlyRefund_paymentIsASuccessAgain() {
    Payment payment = paid();
    Refund successful = await(refunds().settle(settled(inserted(payment, "12.50"), null)));
    assertThat(found(payment).status()).isEqualTo(PaymentStatus.REFUNDED);

    await(refunds().settle(failedLater(successful)));

    assertThat(found(payment).status()).isEqualTo(PaymentStatus.SUCCESS);
    await(refunds().settle(settled(inserted(payment, "12.50"), null)));
    assertThat(found(payment).status()).isEqualTo(PaymentStatus.REFUNDED);
  }

  /** A repeated statement, and the evidence of another instance in another segment. */
  @Test
  void settle_laterFailureAgain_changesNothing() {
    Payment payment = paid();
    Refund successful = await(refunds().settle(settled(inserted(payment, "5.00"), null)));
    Refund failed = failedLater(successful);
    await(refunds().settle(failed));
    Refund other =
        successful.failLater(
            new Payment.Settlement(TestOrders.DURATION, NOW.plusSeconds(1), RETURNED, 3));

    assertThat(await(refunds().settle(failed)).settled()).isEqualTo(failed.settled());
    assertThat(await(refunds().settle(other)).settled()).isEqualTo(failed.settled());

    assertThat(remaining(payment)).isEqualTo("12.50 USD");
  }

  /** Other tests use the same ledger, with earlier failures. */
  @Test
  void listFailedLater_returnsOnlyThose_theLastFirst() {
    List<Refund> failed = new ArrayList<>();
    for (int days : List.of(101, 102, 100)) {
      Refund successful = await(refunds().settle(settled(inserted(paid(), "5.00"), null)));
      Payment.Settlement failure =
          new Payment.Settlement(TestOrders.DURATION, NOW.plus(Duration.ofDays(days)), RETURNED, 2);
      failed.add(await(refunds().settle(successful.failLater(failure))));
    }
    await(refunds().settle(settled(inserted(paid(), "5.00"), DECLINED)));
    await(refunds().settle(settled(inserted(paid(), "5.00"), null)));

    assertThat(await(refunds().listFailedLater(3)))
        .extracting(Refund::id)
        .containsExactly(failed.get(1).id(), failed.get(0).id(), failed.get(2).id());
    assertThat(await(refunds().listFailedLater(1))).hasSize(1).allMatch(Refund::hasFailedLater);
  }

  /** By a late response, or a statement that is repeated. */
  @Test
  void settle_successAfterTheLaterFailure_isNoConflict() {
    Refund refund = inserted(paid(), "5.00");
    Refund successful = await(refunds().settle(settled(refund, null)));
    Refund failed = await(refunds().settle(failedLater(successful)));

    assertThat(await(refunds().settle(settled(refund, null))).settled())
        .isEqualTo(failed.settled());
  }

  @Test
  void settle_laterFailureOfARefundWithoutSuccess_conflicts() {
    Refund unsettled = inserted(paid(), "5.00");

    assertThatThrownBy(() -> await(refunds().settle(failedLater(settled(unsettled, null)))))
        .isInstanceOf(SettlementConflictException.class);
    assertThat(found(unsettled)).isEqualTo(unsettled);
  }

  /** Parts of a cent are rounded as a whole, so one part may have the cent of another one. */
  @Test
  void settle_refundsAfterALaterFailure_neverGetANegativePart() {
    Payment payment = paid("1000", "KRW");
    Refund small = await(refunds().settle(settled(inserted(payment, "6"), null)));
    Refund large = await(refunds().settle(settled(inserted(payment, "2"), null)));
    assertThat(large.amountUsd()).isEqualTo("0.01");
    await(refunds().settle(failedLater(small)));

    Refund next = await(refunds().settle(settled(inserted(payment, "1"), null)));
    Refund rest = await(refunds().settle(settled(inserted(payment, "997"), null)));

    assertThat(next.amountUsd()).isEqualTo("0.00");
    assertThat(large.amountUsd().add(next.amountUsd()).add(rest.amountUsd()))
        .isEqualTo(payment.amountUsd());
  }

  @Test
  void markUnknown_pending_isUnknownAndStaysReserved() {
    Payment payment = paid();
    Refund refund = inserted(payment, "5.00");
    Refund unknown =
        refund.markUnknown(new Payment.UnknownOutcome(Duration.ofSeconds(1), NOW.plusSeconds(1)));

    assertThat(await(refunds().markUnknown(unknown))).isEqualTo(unknown);

    assertThat(found(refund)).isEqualTo(unknown);
    assertThat(remaining(payment)).isEqualTo("7.50 USD");
    assertThat(found(payment).status()).isEqualTo(PaymentStatus.SUCCESS);
  }

  @Test
  void markUnknown_settled_changesNothing() {
    Refund refund = inserted(paid(), "5.00");
    await(refunds().settle(settled(refund, null)));

    Refund stands =
        await(
            refunds()
                .markUnknown(
                    refund.markUnknown(new Payment.UnknownOutcome(Duration.ofSeconds(1), NOW))));

    assertThat(stands.status()).isEqualTo(PaymentStatus.SUCCESS);
  }

  @Test
  void find_ofOtherPayment_isEmpty() {
    Refund refund = inserted(paid(), "5.00");

    assertThat(await(refunds().find(paid().id(), refund.id()))).isEmpty();
  }

  @Test
  void list_pageByPage_isNewestFirst() {
    Payment payment = paid();
    Refund one = of(payment, "1.00", null, NOW);
    Refund two = of(payment, "2.00", null, NOW.plusSeconds(1));
    Refund three = of(payment, "3.00", null, NOW.plusSeconds(2));
    for (Refund refund : List.of(two, one, three)) {
      await(refunds().insert(refund, Optional.empty()));
    }
    inserted(paid(), "4.00");

    assertThat(await(refunds().list(payment.id(), null, 2))).containsExactly(three, two);
    assertThat(await(refunds().list(payment.id(), PaymentPage.Position.of(two), 2)))
        .containsExactly(one);
  }

  @Test
  void list_payments_filtersByRefundedStatus() {
    Payment whole = paid();
    Payment part = paid();
    await(refunds().settle(settled(inserted(whole, "12.50"), null)));
    await(refunds().settle(settled(inserted(part, "12.49"), null)));

    assertThat(ids(PaymentStatus.REFUNDED)).contains(whole.id()).doesNotContain(part.id());
    assertThat(ids(PaymentStatus.PARTIALLY_REFUNDED))
        .contains(part.id())
        .doesNotContain(whole.id());
    assertThat(ids(PaymentStatus.SUCCESS)).doesNotContain(part.id(), whole.id());
  }

  private List<UUID> ids(PaymentStatus status) {
    PaymentFilter filter = new PaymentFilter(status, null, null, null, null, null, null, null);
    return await(ledger().list(filter, null, 1000)).stream().map(Payment::id).toList();
  }
}
