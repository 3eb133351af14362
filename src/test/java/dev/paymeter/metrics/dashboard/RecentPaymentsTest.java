package dev.paymeter.metrics.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.MetricsPipeline;
import dev.paymeter.metrics.TestPipelines;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.metrics.queue.StripedQueue;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.support.payment.TestOrders;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Scope;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecentPaymentsTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

  private final MetricsPipeline pipeline = TestPipelines.open(512, 100);

  @Test
  void list_nothingCounted_isEmpty() {
    assertThat(pipeline.recentPayments()).isEmpty();
  }

  @Test
  void list_recordedBefore_isInOrder() {
    Payment first = TestOrders.order().succeeded();
    Payment second = TestOrders.order().failed(new PaymentValidationException("No"));
    pipeline.settled(first);
    pipeline.settled(second);

    assertThat(pipeline.recentPayments())
        .containsExactly(
            new RecentPayments.CountedPayment(1, first, null),
            new RecentPayments.CountedPayment(2, second, null));
  }

  @Test
  void list_manySuccesses_keepsFailures() {
    Payment failed = TestOrders.order().failed(new PaymentValidationException("No"));
    pipeline.settled(failed);
    for (int i = 0; i < 3 * RecentPayments.CAPACITY; i++) {
      pipeline.settled(TestOrders.order().succeeded());
    }

    List<RecentPayments.CountedPayment> recent = pipeline.recentPayments();

    assertThat(recent).hasSize(RecentPayments.CAPACITY + 1);
    assertThat(recent.get(0).payment()).isSameAs(failed);
    assertThat(recent)
        .extracting(RecentPayments.CountedPayment::number)
        .isSorted()
        .endsWith(3L * RecentPayments.CAPACITY + 1);
  }

  @Test
  void list_manyFailures_areBounded() {
    for (int i = 0; i < 3 * RecentPayments.CAPACITY; i++) {
      pipeline.settled(TestOrders.order().failed(new PaymentValidationException("No")));
    }

    assertThat(pipeline.recentPayments()).hasSize(RecentPayments.CAPACITY);
  }

  @Test
  void list_queueFull_hasThoseThatWereAppliedDirectly() {
    MetricsPipeline small = TestPipelines.open(4, 4);
    for (int i = 0; i < 10; i++) {
      small.settled(TestOrders.order().succeeded());
    }

    assertThat(small.recentPayments()).hasSize(10);
  }

  @Test
  void list_tracedPayment_hasItsTrace() {
    MetricsPipeline traced =
        new MetricsPipeline(
            new StripedQueue.Limits(1, 64, 10, 100), new Sampling(1), List.of(), List.of());
    TestPipelines.register(traced, List.of());
    SpanContext span =
        SpanContext.create(
            TRACE, "00f067aa0ba902b7", TraceFlags.getSampled(), TraceState.getDefault());
    try (Scope inTrace = Span.wrap(span).makeCurrent()) {
      traced.settled(TestOrders.order().succeeded());
    }

    assertThat(traced.recentPayments())
        .singleElement()
        .extracting(RecentPayments.CountedPayment::traceId)
        .isEqualTo(TRACE);
  }
}
