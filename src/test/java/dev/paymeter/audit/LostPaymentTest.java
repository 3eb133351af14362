package dev.paymeter.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.GatewayKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.RecordedCharge;
import dev.paymeter.support.payment.TestOrders;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which lost payments had been counted before. */
class LostPaymentTest {
  private static final GatewayResult APPROVED = new GatewayResult.Approved("ref");
  private static final GatewayResult DECLINED =
      GatewayResult.rejected(FailureCode.INVALID_PAYMENT_METHOD, "Invalid payment method");
  private static final Instant START = Instant.parse("2026-03-01T10:00:00Z");

  private static RecordedCharge charge(
      int second, @Nullable GatewayResult result, String instanceId) {
    Payment payment = TestOrders.order().pending();
    return new RecordedCharge(
        payment.withGatewayKey(
            new GatewayKey(payment.id(), new GatewayKey.Origin(instanceId, null))),
        START.plusSeconds(second),
        result);
  }

  private static RecordedCharge charge(int second, @Nullable GatewayResult result) {
    return charge(second, result, "here");
  }

  private static Witness witness(RecordedCharge... recent) {
    return new Witness(
        "here",
        UUID.randomUUID(),
        "5f0c2a91",
        1,
        new LedgerPosition("system", "00000001", 1),
        "{}",
        Arrays.stream(recent).map(charge -> charge.payment().id()).toList());
  }

  private static Missing missing(long successes, long failures) {
    return new Missing(
        successes + failures, 0, List.of(series("success", successes), series("failed", failures)));
  }

  private static Missing.Series series(String status, long count) {
    return new Missing.Series(
        "payment_requests_total",
        Map.of("status", status, "gateway", "stripe", "user_tier", "standard"),
        count,
        0);
  }

  private static List<RecordedCharge> counted(List<LostPayment> payments) {
    return payments.stream().filter(LostPayment::wasCounted).map(LostPayment::charge).toList();
  }

  @Test
  void of_countsOfTheWitness_areTheFirstCharges() {
    RecordedCharge first = charge(1, APPROVED);
    RecordedCharge failed = charge(2, DECLINED);
    RecordedCharge second = charge(3, APPROVED);
    RecordedCharge inFlight = charge(4, APPROVED);

    List<LostPayment> payments =
        LostPayment.of(
            List.of(inFlight, second, failed, first),
            List.of(),
            "here",
            missing(2, 1),
            Optional.of(witness()));

    assertThat(payments).hasSize(4);
    assertThat(counted(payments)).containsExactlyInAnyOrder(first, failed, second);
  }

  /** A void is counted as an event, and an authorization is not counted yet. */
  @Test
  void of_voidsAndAuthorizations_areNotPaymentsThatWereCounted() {
    RecordedCharge counted = charge(1, new GatewayResult.Canceled("auth_1", false));
    RecordedCharge later = charge(2, new GatewayResult.Canceled("auth_2", false));
    RecordedCharge held = charge(3, new GatewayResult.Authorized("auth_3", START));
    Missing missing =
        new Missing(
            1,
            0,
            List.of(new Missing.Series("business_events_usd", Map.of("event", "void"), 1, 1250)));

    List<LostPayment> payments =
        LostPayment.of(
            List.of(later, held, counted), List.of(), "here", missing, Optional.of(witness()));

    assertThat(payments).hasSize(3);
    assertThat(counted(payments)).containsExactly(counted);
    assertThat(
            LostPayment.of(List.of(held), List.of(), "here", missing(1, 0), Optional.of(witness())))
        .noneMatch(LostPayment::wasCounted);
  }

  /** Responses do not arrive in the order of the charges. */
  @Test
  void of_paymentCountedLast_isKnownById() {
    RecordedCharge slow = charge(1, APPROVED);
    RecordedCharge fast = charge(2, APPROVED);

    assertThat(
            counted(
                LostPayment.of(
                    List.of(slow, fast),
                    List.of(),
                    "here",
                    missing(1, 0),
                    Optional.of(witness(fast)))))
        .containsExactly(fast);
  }

  @Test
  void of_nothingMissing_noneWasCounted() {
    assertThat(
            counted(
                LostPayment.of(
                    List.of(charge(1, APPROVED)),
                    List.of(),
                    "here",
                    Missing.NOTHING,
                    Optional.of(witness()))))
        .isEmpty();
  }

  @Test
  void of_withoutWitness_allConcludedWereCounted() {
    RecordedCharge approved = charge(1, APPROVED);

    assertThat(
            counted(
                LostPayment.of(
                    List.of(approved, charge(2, null)),
                    List.of(),
                    "here",
                    Missing.NOTHING,
                    Optional.empty())))
        .containsExactly(approved);
  }

  @Test
  void of_anotherInstance_allConcludedWereCounted() {
    RecordedCharge approved = charge(1, APPROVED, "there");

    assertThat(
            counted(
                LostPayment.of(
                    List.of(approved, charge(2, null, "there")),
                    List.of(),
                    "here",
                    Missing.NOTHING,
                    Optional.of(witness()))))
        .containsExactly(approved);
  }

  /** An inquiry of this instance has settled it. */
  @Test
  void of_anotherInstancesPaymentCountedHere_isOfThisInstance() {
    RecordedCharge counted = charge(1, APPROVED, "there");
    RecordedCharge own = charge(2, APPROVED);

    List<LostPayment> payments =
        LostPayment.of(
            List.of(own, counted), List.of(), "here", missing(1, 0), Optional.of(witness(counted)));

    assertThat(payments)
        .containsExactly(
            new LostPayment(counted, "here", true), new LostPayment(own, "here", false));
  }

  /** Other payments are what is missing. */
  @Test
  void of_missingCountsAreOfSettledPayments_noneWasCounted() {
    assertThat(
            counted(
                LostPayment.of(
                    List.of(charge(1, APPROVED), charge(2, DECLINED)),
                    List.of(TestOrders.order().succeeded()),
                    "here",
                    missing(1, 1),
                    Optional.of(witness()))))
        .extracting(RecordedCharge::result)
        .containsExactly(DECLINED);
  }
}
