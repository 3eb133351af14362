package dev.paymeter.audit;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.AuditedPipelineMetrics;
import dev.paymeter.metrics.ObservationMeters;
import dev.paymeter.metrics.PipelineScrape;
import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.payment.Payment;
import dev.paymeter.postgres.PostgresAuditStore;
import dev.paymeter.postgres.PostgresPaymentLedger;
import dev.paymeter.postgres.StatementExecutor;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.support.ledger.TestLeases;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A comparison of the buckets of the ledger's SQL with those of the meters. */
class AuditIT {
  private static final Duration PATIENT = Duration.ofSeconds(30);

  private static final Vertx vertx = Vertx.vertx();
  private static Pool pool;
  private static StatementExecutor statementExecutor;

  @BeforeAll
  static void createDatabase() {
    String url = TestPostgres.newDatabase();
    pool = Database.at(url).createPool(vertx, Database.MAIN_POOL, 4, PATIENT);
    statementExecutor = new StatementExecutor(pool, PATIENT);
  }

  @AfterAll
  static void close() {
    await(pool.close());
    await(vertx.close());
  }

  /** Regression: the bounds were passed to {@code width_bucket} without adding one. */
  @Test
  void totals_valuesAroundEveryBound_areInTheMetersBuckets() {
    AuditStore auditStore =
        new PostgresAuditStore(
            statementExecutor,
            ManualScheduler.by(pause -> Future.succeededFuture()),
            "bounds",
            "a test",
            AuditedPipelineMetrics.amountBounds(),
            AuditedPipelineMetrics.durationBounds());
    AuditStore.AcquiredLease acquiredLease = await(auditStore.acquire());
    PostgresPaymentLedger ledger =
        new PostgresPaymentLedger(
            statementExecutor, TestLeases.resume(statementExecutor, "bounds", acquiredLease));
    Meters meters = new Meters();
    ObservationMeters observations = new ObservationMeters(meters, 100, List.of());
    observations.ledger().register(TestOrders.ALLOWED_VALUES, List.of("order"));
    List<Future<Payment>> writes = new ArrayList<>();
    for (Payment payment : aroundEveryBound()) {
      observations.ledger().apply(payment);
      writes.add(
          ledger.insert(TestOrders.pendingOf(payment)).compose(opened -> ledger.settle(payment)));
    }
    await(Future.all(writes));

    AuditStore.SettledTotals settledTotals = await(auditStore.segments(1, 1));

    PipelineScrape pipelineScrape = PipelineScrape.of(meters.snapshot());
    assertThat(cumulated(settledTotals.payments(), AuditStore.PaymentTotal::amountBucket, 8))
        .isEqualTo(buckets(pipelineScrape, "payment_amount_usd"))
        .doesNotHaveDuplicates();
    assertThat(cumulated(settledTotals.payments(), AuditStore.PaymentTotal::durationBucket, 8))
        .isEqualTo(buckets(pipelineScrape, "payment_duration_seconds"))
        .doesNotHaveDuplicates();
    assertThat(observations.ledger().totals(settledTotals))
        .isEqualTo(observations.ledger().auditTotals().counted(1, 1));
  }

  private static List<Payment> aroundEveryBound() {
    List<Payment> payments = new ArrayList<>();
    for (long cents : around(AuditedPipelineMetrics.amountBounds())) {
      payments.add(
          TestOrders.order()
              .of(BigDecimal.valueOf(cents, 2).toPlainString(), "USD")
              .succeededIn(Duration.ofMillis(1)));
    }
    for (long micros : around(AuditedPipelineMetrics.durationBounds())) {
      payments.add(TestOrders.order().succeededIn(Duration.ofNanos(micros * 1000)));
    }
    return payments;
  }

  private static long[] around(long... bounds) {
    return LongStream.of(bounds).flatMap(b -> LongStream.of(b - 1, b, b + 1)).toArray();
  }

  private static List<Long> cumulated(
      List<AuditStore.PaymentTotal> entries,
      ToIntFunction<AuditStore.PaymentTotal> bucket,
      int buckets) {
    long[] counts = new long[buckets];
    entries.forEach(
        paymentTotal -> counts[bucket.applyAsInt(paymentTotal)] += paymentTotal.count());
    List<Long> cumulated = new ArrayList<>();
    long sum = 0;
    for (long count : counts) {
      sum += count;
      cumulated.add(sum);
    }
    return cumulated;
  }

  private static List<Long> buckets(PipelineScrape pipelineScrape, String family) {
    Map<Double, Long> byBound = new TreeMap<>();
    for (String series : pipelineScrape.series(family + "_bucket")) {
      String bound = series.replaceAll(".*le=\"([^\"]*)\".*", "$1").replace("+Inf", "Infinity");
      byBound.merge(Double.valueOf(bound), (long) pipelineScrape.value(series), Long::sum);
    }
    return List.copyOf(byBound.values());
  }
}
