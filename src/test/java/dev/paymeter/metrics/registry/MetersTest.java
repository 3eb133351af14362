package dev.paymeter.metrics.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.metrics.ObservationMeters;
import dev.paymeter.metrics.PipelineScrape;
import dev.paymeter.metrics.audited.LedgerMeters;
import dev.paymeter.metrics.queue.Observation;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.payment.port.PaymentMetrics.Outcome;
import dev.paymeter.support.payment.TestOrders;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.prometheus.metrics.model.snapshots.Labels;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetersTest {
  private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"([^\"]*)\"");

  private final Meters meters = new Meters();
  private final ObservationMeters observations = new ObservationMeters(meters, 100, List.of());

  @BeforeEach
  void open() {
    observations.ledger().register(TestOrders.ALLOWED_VALUES, List.of("order"));
  }

  /** Family, type, labels, number of initial series, and buckets. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "payment_requests_total       | counter   | gateway status user_tier       | 12 | -",
        "payment_duration_seconds     | histogram | gateway payment_method         | 12"
            + " | 0.1 0.25 0.5 1.0 2.5 5.0 10.0 +Inf",
        "payment_amount_usd           | histogram | currency user_tier             | 18"
            + " | 1.0 10.0 50.0 100.0 500.0 1000.0 5000.0 +Inf",
        "errors_total                 | counter   | error_type service severity    | 8  | -",
        "business_events_usd          | histogram | event                          | 11"
            + " | 1.0 10.0 50.0 100.0 500.0 1000.0 5000.0 +Inf",
        "low_level_operations_seconds | histogram | operation outcome              | 120"
            + " | 1.0E-4 2.5E-4 5.0E-4 0.001 0.0025 0.005 0.01 0.025 0.05 0.1 0.25 0.5 1.0 2.5"
            + " 5.0 10.0 +Inf"
      })
  void families_fromTheStart_areThoseOfTheContractAtZero(
      String family, String type, String labels, int series, String buckets) {
    PipelineScrape scrape = scrape();

    assertThat(scrape.types()).containsEntry(family, type);
    String counted = type.equals("histogram") ? family + "_count" : family;
    assertThat(scrape.series(counted))
        .hasSize(series)
        .allSatisfy(one -> assertThat(labelNames(one)).isEqualTo(words(labels)))
        .allSatisfy(one -> assertThat(scrape.value(one)).isZero());
    assertThat(
            scrape.series(family + "_bucket").stream()
                .map(one -> label(one, "le"))
                .collect(toSet()))
        .isEqualTo(buckets == null ? Set.of() : words(buckets));
  }

  @ParameterizedTest
  @ValueSource(
      doubles = {-1, -1e-9, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void counter_invalidIncrement_isRejectedAndChangesNothing(double amount) {
    Counter counter = meters.counter("some_total", "Some", Labels.EMPTY);
    counter.increment(0.5);

    assertThatThrownBy(() -> counter.increment(amount))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("some_total")
        .hasMessageContaining(String.valueOf(amount));

    assertThat(scrape().value("some_total")).isEqualTo(0.5);
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void histogram_notFinite_isRejectedAndChangesNothing(double value) {
    DistributionSummary histogram =
        meters.histogram("some_usd", "Some", LedgerMeters.AMOUNT, Labels.EMPTY);

    assertThatThrownBy(() -> histogram.record(value)).isInstanceOf(IllegalArgumentException.class);

    assertThat(scrape().value("some_usd_count")).isZero();
  }

  @Test
  void families_fromTheStart_areNoOthers() {
    assertThat(scrape().types().keySet())
        .containsExactlyInAnyOrder(
            "payment_requests_total",
            "payment_duration_seconds",
            "payment_amount_usd",
            "errors_total",
            "business_events_usd",
            "low_level_operations_seconds",
            "paymeter_series",
            "paymeter_series_overflow_total");
  }

  /** If zeros preceded the restored values, Prometheus would count everything again. */
  @Test
  void families_beforeRegistration_areNotExposed() {
    Meters unopened = new Meters();
    var unused = new ObservationMeters(unopened, 100, List.of());

    assertThat(PipelineScrape.of(unopened.snapshot()).types().keySet())
        .noneMatch(family -> family.startsWith("payment_") || family.equals("errors_total"));
  }

  @Test
  void families_everyCombinationOfChoices_existsFromTheStart() {
    PipelineScrape scrape = scrape();

    for (String tier : TestOrders.ALLOWED_VALUES.tiers()) {
      for (String gateway : TestOrders.ALLOWED_VALUES.gateways()) {
        for (String status : List.of("success", "failed")) {
          assertThat(scrape.value(requests(gateway, status, tier))).isZero();
        }
      }
      for (String currency : TestOrders.ALLOWED_VALUES.currencies()) {
        assertThat(scrape.value(amount("_sum", currency, tier))).isZero();
      }
    }
    for (String gateway : TestOrders.ALLOWED_VALUES.gateways()) {
      for (String method : TestOrders.ALLOWED_VALUES.methods()) {
        assertThat(scrape.value(duration("_sum", gateway, method))).isZero();
      }
    }
    for (String type : List.of("PaymentGatewayException", "PaymentValidationException")) {
      assertThat(scrape.value(error(type, "high"))).isZero();
      assertThat(scrape.value(error(type, "medium"))).isZero();
    }
  }

  @Test
  void apply_succeeded_countsInItsSeriesAndNoOther() {
    observations
        .ledger()
        .apply(
            TestOrders.order()
                .of("100.00", "EUR")
                .tier("premium")
                .method("apple_pay")
                .gateway("paypal")
                .succeededIn(Duration.ofMillis(300)));

    PipelineScrape scrape = scrape();
    assertThat(nonZero(scrape))
        .containsExactlyInAnyOrder(
            requests("paypal", "success", "premium"),
            duration("_count", "paypal", "apple_pay"),
            duration("_sum", "paypal", "apple_pay"),
            amount("_count", "EUR", "premium"),
            amount("_sum", "EUR", "premium"));
    assertThat(scrape.value(duration("_sum", "paypal", "apple_pay"))).isEqualTo(0.3);
    assertThat(scrape.value(amount("_sum", "EUR", "premium"))).isEqualTo(103.21);
  }

  @Test
  void apply_failed_countsItsErrorToo() {
    observations
        .ledger()
        .apply(TestOrders.order().failed(new PaymentValidationException("Invalid payment method")));

    assertThat(nonZero(scrape()))
        .containsExactlyInAnyOrder(
            requests("stripe", "failed", "standard"),
            duration("_count", "stripe", "credit_card"),
            duration("_sum", "stripe", "credit_card"),
            amount("_count", "USD", "standard"),
            amount("_sum", "USD", "standard"),
            error("PaymentValidationException", "medium"));
  }

  @ParameterizedTest
  @CsvSource({
    "1000.00, USD, medium",
    "1000.01, USD, high",
    "968.90, EUR, medium", // 1000.00169 USD, rounded to 1000.00
    "968.91, EUR, high"
  })
  void apply_failed_isSevereAbove1000Usd(String amount, String currency, String severity) {
    observations
        .ledger()
        .apply(
            TestOrders.order()
                .of(amount, currency)
                .failed(new PaymentGatewayException("Gateway timeout")));

    assertThat(scrape().value(error("PaymentGatewayException", severity))).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "1.00, 1.0",
    "1.01, 10.0",
    "10.00, 10.0",
    "50.00, 50.0",
    "100.00, 100.0",
    "500.00, 500.0",
    "1000.00, 1000.0",
    "1000.01, 5000.0",
    "5000.00, 5000.0",
    "5000.01, +Inf",
    "0.01, 1.0"
  })
  void apply_amount_landsInTheBucketWhoseBoundItDoesNotExceed(String amount, String bound) {
    observations.ledger().apply(TestOrders.order().of(amount, "USD").succeeded());

    assertThat(lowestBucket("payment_amount_usd")).isEqualTo(bound);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0.1",
    "100000, 0.1",
    "100001, 0.25",
    "250000, 0.25",
    "500000, 0.5",
    "1000000, 1.0",
    "2500000, 2.5",
    "5000000, 5.0",
    "10000000, 10.0",
    "10000001, +Inf"
  })
  void apply_duration_landsInTheBucketWhoseBoundItDoesNotExceed(long micros, String bound) {
    observations.ledger().apply(TestOrders.order().succeededIn(Duration.ofNanos(micros * 1000)));

    assertThat(lowestBucket("payment_duration_seconds")).isEqualTo(bound);
  }

  @ParameterizedTest
  @CsvSource({
    "100000, 1.0E-4",
    "100001, 2.5E-4",
    "250000, 2.5E-4",
    "2500000, 0.0025",
    "10000000000, 10.0",
    "10000000001, +Inf"
  })
  void apply_operation_landsInTheBucketWhoseBoundItDoesNotExceed(long nanos, String bound) {
    observations.apply(
        new Observation.OperationTimed(Operation.LEDGER_INSERT, Outcome.SUCCESS, nanos, 1));

    assertThat(lowestBucket("low_level_operations_seconds")).isEqualTo(bound);
    assertThat(nonZero(scrape()))
        .contains(
            "low_level_operations_seconds_count{operation=\"ledger_insert\",outcome=\"success\"}");
  }

  /** A sum of doubles would be off by 0.00001 USD, and by 0.00001 s. */
  @Test
  void apply_aMillionTimes_sumsAreExact() {
    Payment payment =
        TestOrders.order().of("1.10", "USD").succeededIn(Duration.ofNanos(1_000_010_000));

    for (int i = 0; i < 1_000_000; i++) {
      observations.ledger().apply(payment);
    }

    PipelineScrape scrape = scrape();
    assertThat(scrape.value(amount("_sum", "USD", "standard"))).isEqualTo(1100000.00);
    assertThat(scrape.value(amount("_count", "USD", "standard"))).isEqualTo(1e6);
    assertThat(scrape.value(duration("_sum", "stripe", "credit_card"))).isEqualTo(1000010.00);
  }

  private PipelineScrape scrape() {
    return PipelineScrape.of(meters.snapshot());
  }

  /** Returns the lowest bound of the buckets that are not empty. */
  private String lowestBucket(String family) {
    PipelineScrape scrape = scrape();
    return scrape.series(family + "_bucket").stream()
        .filter(series -> scrape.value(series) > 0)
        .findFirst()
        .map(series -> label(series, "le"))
        .orElseThrow();
  }

  private static List<String> nonZero(PipelineScrape scrape) {
    return scrape.samples().keySet().stream()
        .filter(series -> scrape.value(series) != 0 && !series.contains("_bucket"))
        .filter(series -> !series.startsWith("paymeter_series{"))
        .toList();
  }

  private static Set<String> labelNames(String series) {
    return LABEL.matcher(series).results().map(label -> label.group(1)).collect(toSet());
  }

  private static String label(String series, String name) {
    return LABEL
        .matcher(series)
        .results()
        .filter(label -> label.group(1).equals(name))
        .map(label -> label.group(2))
        .findFirst()
        .orElseThrow();
  }

  private static Set<String> words(String text) {
    return Arrays.stream(text.split(" ")).collect(toSet());
  }

  private static String requests(String gateway, String status, String tier) {
    return "payment_requests_total{gateway=\"%s\",status=\"%s\",user_tier=\"%s\"}"
        .formatted(gateway, status, tier);
  }

  private static String duration(String suffix, String gateway, String method) {
    return "payment_duration_seconds%s{gateway=\"%s\",payment_method=\"%s\"}"
        .formatted(suffix, gateway, method);
  }

  private static String amount(String suffix, String currency, String tier) {
    return "payment_amount_usd%s{currency=\"%s\",user_tier=\"%s\"}"
        .formatted(suffix, currency, tier);
  }

  private static String error(String type, String severity) {
    return "errors_total{error_type=\"%s\",service=\"payment\",severity=\"%s\"}"
        .formatted(type, severity);
  }

  @Test
  void apply_traced_storesExemplar() throws IOException {
    observations.apply(
        new Observation.TracedPayment(TestOrders.order().succeeded(), "trace_1", "span_1"));
    observations.ledger().apply(TestOrders.order().succeeded());

    assertThat(
            ExpositionRenderer.render(meters.snapshot(), ExpositionFormat.OPEN_METRICS, false)
                .toString(UTF_8)
                .lines())
        .filteredOn(line -> line.contains("# {"))
        .hasSize(2)
        .allMatch(line -> line.contains("span_id=\"span_1\",trace_id=\"trace_1\""))
        .anyMatch(line -> line.startsWith("payment_duration_seconds_bucket{gateway=\"stripe\""))
        .anyMatch(line -> line.startsWith("payment_amount_usd_bucket{currency=\"USD\""));
  }
}
