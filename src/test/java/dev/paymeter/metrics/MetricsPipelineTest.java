package dev.paymeter.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.metrics.queue.StripedQueue;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.payment.port.PaymentMetrics.Outcome;
import dev.paymeter.report.OperationRows;
import dev.paymeter.report.ReportMetrics;
import dev.paymeter.support.payment.TestOrders;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class MetricsPipelineTest {
  private static final int CAPACITY = 8;
  private static final int BATCH = 4;
  private static final String DROPPED =
      "paymeter_observations_dropped_total{kind=\"operation\",reason=\"queue_full\"}";

  private final MetricsPipeline pipeline = TestPipelines.open(CAPACITY, BATCH);

  @Test
  void snapshot_recordedBefore_isFresh() {
    pay(3);
    time(2);

    PipelineScrape scrape = PipelineScrape.of(pipeline.snapshot());

    assertThat(scrape.total("payment_requests_total")).isEqualTo(3);
    assertThat(scrape.total("low_level_operations_seconds_count")).isEqualTo(2);
  }

  @Test
  void record_untilFlushed_isNotApplied() {
    pay(3);

    assertThat(appliedPayments()).isZero();
  }

  @Test
  void flush_moreThanABatch_appliesAll() {
    pay(7);

    pipeline.flush();

    assertThat(appliedPayments()).isEqualTo(7);
  }

  /**
   * A past defect: the failure ended the flush, and the rest of the batch waited for the next one.
   */
  @Test
  void flush_oneInvalid_isRejectedAndTheOthersAreApplied() {
    pay(1);
    pipeline.settled(TestOrders.order().pending());
    pay(2);

    pipeline.flush();

    PipelineScrape scrape = PipelineScrape.of(pipeline.snapshot());
    assertThat(Conservation.assertHolds(scrape)).isEqualTo(3);
    assertThat(
            scrape.value(
                "paymeter_observations_rejected_total{kind=\"payment\",reason=\"defect\"}"))
        .isEqualTo(1);
  }

  @Test
  void settled_fullAndInvalid_isRejected() {
    pay(CAPACITY);

    pipeline.settled(TestOrders.order().pending());

    assertThat(Conservation.assertHolds(PipelineScrape.of(pipeline.snapshot())))
        .isEqualTo(CAPACITY);
  }

  /**
   * A past defect: a scrape exposed the depth of the fullest stripe only, not of the whole queue.
   */
  @Test
  void snapshot_observationsInSeveralStripes_exposesTheSum() throws Exception {
    MetricsPipeline striped =
        TestPipelines.open(new StripedQueue.Limits(2, CAPACITY, BATCH, 100), new Sampling(1));
    for (int stripe = 0; stripe < 2; stripe++) {
      Thread recorder = new Thread(() -> striped.settled(TestOrders.order().succeeded()));
      recorder.start();
      recorder.join();
    }

    assertThat(PipelineScrape.of(striped.snapshot()).value("paymeter_queue_depth_highest"))
        .isEqualTo(2);
    assertThat(PipelineScrape.of(striped.snapshot()).value("paymeter_queue_depth_highest"))
        .isZero();
  }

  @Test
  void timed_threeQuartersFull_isDroppedAndCounted() {
    time(10);

    PipelineScrape scrape = PipelineScrape.of(pipeline.snapshot());
    assertThat(scrape.total("low_level_operations_seconds_count")).isEqualTo(6);
    assertThat(scrape.value(DROPPED)).isEqualTo(4);
  }

  @Test
  void timed_afterFlush_isRecordedAgain() {
    time(10);
    pipeline.flush();
    time(1);

    PipelineScrape scrape = PipelineScrape.of(pipeline.snapshot());
    assertThat(scrape.total("low_level_operations_seconds_count")).isEqualTo(7);
    assertThat(scrape.value(DROPPED)).isEqualTo(4);
  }

  private static OperationRows rows(int count, long micros) {
    long[] all = new long[count];
    Arrays.fill(all, micros);
    return new OperationRows(List.of("db_query"), new int[count], new boolean[count], all);
  }

  private static final String QUERIES =
      "low_level_operations_seconds_count{operation=\"db_query\",outcome=\"success\"}";

  @Test
  void operations_reported_areInTheirSeriesToTheMicrosecond() {
    OperationRows rows =
        new OperationRows(
            List.of("db_query", "cache_get"),
            new int[] {0, 1, 0, OperationRows.INVALID, 0},
            new boolean[] {false, true, false, false, false},
            new long[] {250, 3, 2_500_000, 7, 11});

    assertThat(pipeline.reports().operations(rows, new int[] {0, 2, 3, 5})).isZero();

    PipelineScrape scrape = PipelineScrape.of(pipeline.snapshot());
    Conservation.assertHolds(scrape);
    assertThat(scrape.value(QUERIES)).isEqualTo(2);
    assertThat(scrape.value(QUERIES.replace("_count", "_sum"))).isEqualTo(0.000261);
    assertThat(scrape.value(QUERIES.replace("_count", "_bucket").replace("}", ",le=\"1.0E-4\"}")))
        .isEqualTo(1);
    assertThat(scrape.value(QUERIES.replace("db_query", "cache_get").replace("success", "failure")))
        .isEqualTo(1);
    assertThat(
            scrape.value(
                "paymeter_observations_rejected_total{kind=\"operation\",reason=\"refused\"}"))
        .isEqualTo(1);
    assertThat(scrape.value("paymeter_observations_applied_total{kind=\"operation\"}"))
        .isEqualTo(3);
  }

  /** Rows that fit are queued, the others are dropped and counted. */
  @Test
  void operations_moreThanFit_areDroppedInPart() {
    int dropped = pipeline.reports().operations(rows(10, 250), new int[] {0, 10});

    PipelineScrape scrape = PipelineScrape.of(pipeline.snapshot());
    Conservation.assertHolds(scrape);
    assertThat(dropped).isEqualTo(4);
    assertThat(scrape.value(DROPPED)).isEqualTo(4);
    assertThat(scrape.value(QUERIES)).isEqualTo(6);
  }

  @Test
  void operations_thousands_useFewSlots() {
    MetricsPipeline large =
        TestPipelines.open(new StripedQueue.Limits(1, 65_536, 100, 100), new Sampling(1));
    AtomicInteger wakes = new AtomicInteger();
    large.onFullBatch(wakes::incrementAndGet);

    assertThat(large.reports().operations(rows(10_000, 250), new int[] {0, 10_000})).isZero();

    assertThat(wakes).hasValue(1);
    PipelineScrape scrape = PipelineScrape.of(large.snapshot());
    Conservation.assertHolds(scrape);
    assertThat(scrape.value(QUERIES)).isEqualTo(10_000);
    assertThat(scrape.value("paymeter_queue_depth_highest")).isEqualTo(10_000);
  }

  @Test
  void operations_tooManyNames_areOther() {
    MetricsPipeline capped =
        TestPipelines.open(
            new StripedQueue.Limits(1, 64, 4, 1), new Sampling(1), List.of(), List.of("db_query"));
    OperationRows rows =
        new OperationRows(
            List.of("cache_get", "db_query"), new int[] {0, 1}, new boolean[2], new long[2]);

    capped.reports().operations(rows, new int[] {0, 2});

    PipelineScrape scrape = PipelineScrape.of(capped.snapshot());
    assertThat(scrape.value(QUERIES)).isEqualTo(1);
    assertThat(scrape.value(QUERIES.replace("db_query", "other"))).isEqualTo(1);
    assertThat(scrape.series("low_level_operations_seconds_count"))
        .noneMatch(series -> series.contains("cache_get"));
    assertThat(
            scrape.value(
                "paymeter_series_overflow_total"
                    + "{family=\"low_level_operations_seconds\",label=\"operation\"}"))
        .isEqualTo(1);
  }

  @Test
  void registerOperations_named_existBeforeTheFirstReport() {
    MetricsPipeline expecting =
        TestPipelines.open(
            new StripedQueue.Limits(1, CAPACITY, BATCH, 100),
            new Sampling(1),
            List.of(),
            List.of("db_query"));

    assertThat(PipelineScrape.of(expecting.snapshot()).value(QUERIES)).isZero();
  }

  /** Each row is an hour with the weight of a million: centuries in a few batches. */
  @Test
  void operations_centuries_doNotOverflow() {
    Sampling sampling = new Sampling(1);
    sampling.setReportedRate(Sampling.MIN_RATE);
    MetricsPipeline rare =
        TestPipelines.open(new StripedQueue.Limits(1, 65_536, 100, 100), sampling);
    int hour = 3600;
    double count = 0;
    for (int batch = 0; count < 20_000_000; batch++) {
      rare.reports().operations(rows(1_000_000, hour * 1_000_000L), new int[] {0, 1_000_000});
      count = PipelineScrape.of(rare.snapshot()).total("low_level_operations_seconds_count");
    }

    PipelineScrape scrape = PipelineScrape.of(rare.snapshot());
    assertThat(scrape.value(QUERIES.replace("_count", "_sum")))
        .isCloseTo(count * hour, Percentage.withPercentage(1e-9));
  }

  @Test
  void repeatedAndGaps_areExposed() {
    pipeline.reports().duplicated(ReportMetrics.Reported.EVENT, 2);
    pipeline.reports().duplicated(ReportMetrics.Reported.OPERATION, 3);
    pipeline.reports().gaps(10, 0);
    pipeline.reports().gaps(0, 4);
    pipeline.reports().rejected(ReportMetrics.Reported.ERROR, 5);

    PipelineScrape scrape = PipelineScrape.of(pipeline.snapshot());
    Conservation.assertHolds(scrape);
    assertThat(scrape.value("paymeter_observations_duplicate_total{kind=\"event\"}")).isEqualTo(2);
    assertThat(scrape.value("paymeter_observations_duplicate_total{kind=\"operation\"}"))
        .isEqualTo(3);
    assertThat(scrape.value("paymeter_observations_duplicate_total{kind=\"error\"}")).isZero();
    assertThat(scrape.value("paymeter_observations_missing_total{kind=\"operation\"}"))
        .isEqualTo(10);
    assertThat(scrape.value("paymeter_observations_late_total{kind=\"operation\"}")).isEqualTo(4);
    assertThat(
            scrape.value("paymeter_observations_rejected_total{kind=\"error\",reason=\"refused\"}"))
        .isEqualTo(5);
  }

  @Test
  void settled_lowLevelShareFull_isStillQueued() {
    time(6);

    pay(2);

    assertThat(appliedPayments()).isZero();
    assertThat(PipelineScrape.of(pipeline.snapshot()).total("payment_requests_total")).isEqualTo(2);
  }

  @Test
  void settled_queueFull_isAppliedImmediately() {
    pay(CAPACITY);
    assertThat(appliedPayments()).isZero();

    pay(3);

    assertThat(appliedPayments()).isEqualTo(3);
    PipelineScrape scrape = PipelineScrape.of(pipeline.snapshot());
    assertThat(scrape.total("payment_requests_total")).isEqualTo(CAPACITY + 3);
    assertThat(scrape.value(DROPPED)).isZero();
  }

  @Test
  void wake_fullBatch_isCalledOnceUntilTheFlush() {
    AtomicInteger wakes = new AtomicInteger();
    pipeline.onFullBatch(wakes::incrementAndGet);
    pay(BATCH - 1);
    assertThat(wakes).hasValue(0);
    pay(1);
    assertThat(wakes).hasValue(1);
    pay(CAPACITY);
    assertThat(wakes).hasValue(1);

    pipeline.flush();
    pay(BATCH - 1);
    assertThat(wakes).hasValue(1);
    time(1);

    assertThat(wakes).hasValue(2);
  }

  /**
   * Four event loops fill a batch together. A past defect: a stripe woke the drainer when its own
   * share of a batch was full.
   */
  @Test
  void wake_batchSpreadOverStripes_isCalledWhenItIsFullAndNotLongBefore() throws Exception {
    MetricsPipeline four =
        TestPipelines.open(new StripedQueue.Limits(4, 4096, 100, 100), new Sampling(1));
    AtomicInteger wakes = new AtomicInteger();
    four.onFullBatch(wakes::incrementAndGet);
    List<ExecutorService> loops =
        Stream.generate(Executors::newSingleThreadExecutor).limit(4).toList();

    payOnEach(loops, four, 19);
    assertThat(wakes).hasValue(0);
    payOnEach(loops, four, 6);

    assertThat(wakes).hasValue(1);
    loops.forEach(ExecutorService::shutdown);
  }

  private static void payOnEach(List<ExecutorService> loops, MetricsPipeline to, int each)
      throws Exception {
    for (ExecutorService loop : loops) {
      for (int i = 0; i < each; i++) {
        loop.submit(() -> to.settled(TestOrders.order().succeeded())).get();
      }
    }
  }

  @Test
  void wake_batchTakenByAScrape_isCalledAgainAfterTheFlush() {
    AtomicInteger wakes = new AtomicInteger();
    pipeline.onFullBatch(wakes::incrementAndGet);
    pay(BATCH);
    pipeline.snapshot();
    pipeline.flush();

    pay(BATCH);

    assertThat(wakes).hasValue(2);
  }

  @Test
  void connections_active_isReadInEveryScrape() {
    AtomicInteger active = new AtomicInteger(3);
    pipeline.reports().registerPool("payment_db", "main_pool", 20, active::get);
    String labels = "{database=\"payment_db\",pool=\"main_pool\"}";
    assertThat(PipelineScrape.of(pipeline.snapshot()).value("database_connections_active" + labels))
        .isEqualTo(3);

    active.set(7);

    PipelineScrape scrape = PipelineScrape.of(pipeline.snapshot());
    assertThat(scrape.value("database_connections_active" + labels)).isEqualTo(7);
    assertThat(scrape.value("database_connections_max" + labels)).isEqualTo(20);
    assertThat(scrape.types())
        .containsEntry("database_connections_active", "gauge")
        .containsEntry("database_connections_max", "gauge");
  }

  @Test
  void ledger_reached_isReadInEveryScrape() {
    AtomicBoolean reached = new AtomicBoolean();
    pipeline.update(new LedgerStatus(reached::get)::register);
    assertThat(PipelineScrape.of(pipeline.snapshot()).value("paymeter_ledger_up")).isEqualTo(0);

    reached.set(true);

    PipelineScrape scrape = PipelineScrape.of(pipeline.snapshot());
    assertThat(scrape.value("paymeter_ledger_up")).isEqualTo(1);
    assertThat(scrape.types()).containsEntry("paymeter_ledger_up", "gauge");
  }

  /** A read between scrapes must not reset what the next scrape exposes. */
  @Test
  void read_betweenScrapes_doesNotAffectTheNext() {
    pipeline.snapshot();
    pay(3);

    MetricSnapshots read = pipeline.read(Set.of("payment_requests_total"));

    assertThat(PipelineScrape.of(read).total("payment_requests_total")).isEqualTo(3);
    assertThat(PipelineScrape.of(read).types()).hasSize(1);
    PipelineScrape scrape = PipelineScrape.of(pipeline.snapshot());
    assertThat(scrape.value("paymeter_queue_depth_highest")).isEqualTo(3);
    assertThat(scrape.value("paymeter_snapshot_seconds_count")).isEqualTo(1);
    assertThat(Conservation.assertHolds(scrape)).isEqualTo(3);
  }

  @Test
  void snapshot_maximaOfMicrometer_areLeftOut() {
    pipeline.reports().registerPool("payment_db", "main_pool", 20, () -> 0);
    pay(1);

    assertThat(PipelineScrape.of(pipeline.snapshot()).types().keySet().stream())
        .filteredOn(family -> family.endsWith("_max"))
        .containsExactly("database_connections_max");
  }

  /** Scrapes are atomic, also if the queue is so small that all code paths occur. */
  @Test
  void snapshot_whileThreadsRecord_isNeverTorn() throws Exception {
    int threads = 4;
    int each = 20_000;
    List<Payment> payments =
        Stream.of("USD", "EUR", "JPY")
            .flatMap(
                currency ->
                    Stream.of(
                        TestOrders.order().of("10", currency).succeeded(),
                        TestOrders.order()
                            .of("2000", currency)
                            .gateway("paypal")
                            .failed(new PaymentGatewayException("Gateway timeout"))))
            .toList();
    ExecutorService recorders = Executors.newFixedThreadPool(threads + 1);
    pipeline.onFullBatch(() -> recorders.execute(pipeline::flush));
    List<Future<?>> recording =
        Stream.<Callable<?>>generate(
                () ->
                    () -> {
                      for (int i = 0; i < each; i++) {
                        pipeline.settled(payments.get(i % payments.size()));
                        time(1);
                      }
                      return null;
                    })
            .limit(threads)
            .<Future<?>>map(recorders::submit)
            .toList();

    int scrapes = 0;
    while (!recording.stream().allMatch(Future::isDone)) {
      assertWhole(PipelineScrape.of(pipeline.snapshot()));
      scrapes++;
    }

    for (Future<?> recorder : recording) {
      recorder.get();
    }
    recorders.shutdown();
    PipelineScrape last = PipelineScrape.of(pipeline.snapshot());
    assertWhole(last);
    assertThat(scrapes).isPositive();
    assertThat(last.total("payment_requests_total")).isEqualTo(threads * each);
    assertThat(last.total("low_level_operations_seconds_count") + last.value(DROPPED))
        .isEqualTo(threads * each);
  }

  private static void assertWhole(PipelineScrape scrape) {
    double requests = scrape.total("payment_requests_total");
    assertThat(scrape.total("payment_duration_seconds_count")).isEqualTo(requests);
    assertThat(scrape.total("payment_amount_usd_count")).isEqualTo(requests);
    assertThat(scrape.total("errors_total"))
        .isEqualTo(
            scrape.series("payment_requests_total").stream()
                .filter(series -> series.contains("status=\"failed\""))
                .mapToDouble(scrape::value)
                .sum());
  }

  private void pay(int count) {
    for (int i = 0; i < count; i++) {
      pipeline.settled(TestOrders.order().succeeded());
    }
  }

  private void time(int count) {
    for (int i = 0; i < count; i++) {
      pipeline.timed(Operation.GATEWAY_CHARGE, Outcome.SUCCESS, 1_000_000);
    }
  }

  /** Returns the number of applied payments without draining the queue. */
  private double appliedPayments() {
    AtomicReference<PipelineScrape> scrape = new AtomicReference<>();
    pipeline.update(meters -> scrape.set(PipelineScrape.of(meters.snapshot())));
    return scrape.get().total("payment_requests_total");
  }
}
