package dev.paymeter.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Severity;
import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.ErrorReport;
import dev.paymeter.report.EventReport;
import dev.paymeter.report.ReportedError;
import dev.paymeter.support.payment.RecordingReportMetrics;
import dev.paymeter.support.payment.TestOrders;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RefundObservationsTest {
  private static final int PAGE = 3;

  private static Refund settled(TestOrders order, String amount, @Nullable PaymentException error) {
    return TestOrders.refund(order.succeeded(), amount)
        .settle(
            new Payment.Settlement(
                Duration.ofSeconds(1), TestOrders.CREATED_AT.plusSeconds(61), error, PAGE));
  }

  @Test
  void event_success_hasEveryField() {
    Refund refund = settled(TestOrders.order().of("100.00", "EUR"), "10.00", null);

    BusinessEvent event = RefundObservations.event(refund);

    assertThat(event.report())
        .isEqualTo(
            new EventReport(
                "paymeter", refund.id().toString(), "refund", TestOrders.money("10.00", "EUR")));
    assertThat(event.label()).isEqualTo("refund");
    assertThat(event.amountUsd()).isEqualTo(new BigDecimal("10.32"));
    assertThat(event.recordedAt()).isEqualTo(TestOrders.CREATED_AT.plusSeconds(61));
    assertThat(event.segment()).isEqualTo(PAGE);
  }

  @Test
  void record_laterFailure_isAnEventThatBalancesTheFirst() {
    Refund refund = settled(TestOrders.order().of("100.00", "EUR"), "10.00", null);
    Refund failed =
        refund.failLater(
            new Payment.Settlement(
                Duration.ofSeconds(1),
                TestOrders.CREATED_AT.plusSeconds(99),
                PaymentException.of(FailureCode.REFUND_FAILED, "the account was closed"),
                PAGE + 1));
    List<BusinessEvent> recorded = new ArrayList<>();

    RefundObservations.record(
        failed,
        new RecordingReportMetrics() {
          @Override
          public void recorded(BusinessEvent event) {
            recorded.add(event);
          }

          @Override
          public void recorded(ReportedError error) {
            throw new AssertionError("an error of now: " + error);
          }
        });

    BusinessEvent event = recorded.get(0);
    assertThat(recorded).hasSize(1);
    assertThat(event.report().event()).isEqualTo("refund_failed");
    assertThat(event.label()).isEqualTo("refund_failed");
    assertThat(event.amountUsd()).isEqualTo(RefundObservations.event(refund).amountUsd());
    assertThat(event.recordedAt()).isEqualTo(TestOrders.CREATED_AT.plusSeconds(99));
    assertThat(event.segment()).isEqualTo(PAGE + 1);
    assertThat(event.receipt()).isNotEqualTo(refund.id());
    assertThat(Refund.failureId(event.receipt())).isEqualTo(refund.id());
    assertThat(event.report().id()).isEqualTo(event.receipt().toString());
  }

  @Test
  void failureId_ofAVersion7Id_hasVersion8() {
    Refund refund =
        Refund.of(
            TestOrders.order().succeeded(),
            TestOrders.money("1.00", "USD"),
            null,
            TestOrders.CREATED_AT);

    assertThat(refund.id().version()).isEqualTo(7);
    assertThat(Refund.failureId(refund.id()).version()).isEqualTo(8);
    assertThat(Refund.failureId(refund.id()).variant()).isEqualTo(2);
  }

  @Test
  void failure_highValue_hasEveryField() {
    PaymentException declined = new PaymentValidationException("no");
    Refund refund = settled(TestOrders.order().of("2000.00", "USD"), "1500", declined);

    ReportedError error = RefundObservations.failure(refund, declined);

    assertThat(error.report())
        .isEqualTo(
            new ErrorReport(
                "paymeter",
                refund.id().toString(),
                "refund",
                "PaymentValidationException",
                Severity.HIGH));
    assertThat(error.service()).isEqualTo("refund");
    assertThat(error.errorType()).isEqualTo("PaymentValidationException");
    assertThat(error.recordedAt()).isEqualTo(TestOrders.CREATED_AT.plusSeconds(61));
    assertThat(error.segment()).isEqualTo(PAGE);
  }
}
