package dev.paymeter.monitoring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Await;
import dev.paymeter.support.RequiredPrograms;
import dev.paymeter.support.TestPrometheus;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The difference between {@code increase()} and the exact queries, in a real Prometheus that has
 * the samples of a day. The payments are random, so that the number and the cents between any two
 * scrapes are known.
 *
 * <p>Not part of the build: {@code mvn -Pqueries verify}, with {@code -Dqueries.windows=100} for
 * fewer windows, and {@code -Dqueries.seed} for others.
 */
class ExactQueriesRun {
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration SCRAPES = Duration.ofSeconds(15);
  private static final Duration EVALUATIONS = Duration.ofSeconds(30);
  private static final List<Duration> WINDOWS =
      List.of(
          Duration.ofMinutes(1), Duration.ofMinutes(5), Duration.ofHours(1), Duration.ofHours(6));

  private static final int INSTANCES = 3;

  /** For the costs of the rules: of four instances, and as many as one has by default, or more. */
  private static final int INSTANCES_OF_RULES = 4;

  private static final int SERIES_OF_RULE = 20;

  private static final String COUNT = "payment_amount_usd_count";
  private static final String SUM = "payment_amount_usd_sum";

  @TempDir Path directory;

  /**
   * Payments of an installation.
   *
   * @param pause the average time between two payments of an instance
   * @param isScaled whether all instances but the first are removed for every second half an hour
   */
  private record Installation(String namespace, Duration pause, boolean isScaled) {}

  private static final List<Installation> INSTALLATIONS =
      List.of(
          new Installation("busy", Duration.ofMillis(500), false),
          new Installation("steady", Duration.ofSeconds(30), false),
          new Installation("quiet", Duration.ofMinutes(20), false),
          new Installation("scaled", Duration.ofMillis(500), true));

  /** The totals of an instance when it was scraped. */
  private record Counted(long payments, long cents) {
    private static final Counted NOTHING = new Counted(0, 0);

    private Counted minus(Counted earlier) {
      return new Counted(payments - earlier.payments, cents - earlier.cents);
    }

    private Counted plus(Counted other) {
      return new Counted(payments + other.payments, cents + other.cents);
    }
  }

  /** Errors of increase(): by the exact number. */
  private static final class Errors {
    private final List<Double> relative = new ArrayList<>();
    private long exact;
    private long windows;
    private long payments;

    private void add(Counted expected, double payments, double usd) {
      windows++;
      this.payments += expected.payments();
      if (payments == expected.payments() && Math.round(usd * 100) == expected.cents()) {
        exact++;
      }
      if (expected.cents() > 0) {
        relative.add(Math.abs(usd * 100 - expected.cents()) / expected.cents());
      }
    }

    private String line() {
      List<Double> sorted = relative.stream().sorted().toList();
      return "%d | %.1f | %d | %.3f %% | %.2f %% | %.1f %%"
          .formatted(
              windows,
              (double) payments / windows,
              exact,
              100 * sorted.get(sorted.size() / 2),
              100 * sorted.get(sorted.size() * 95 / 100),
              100 * sorted.get(sorted.size() - 1));
    }
  }

  @Test
  void increase_inRandomWindows_differs_andTheRecipeDoesNot() throws Exception {
    int windows = Integer.getInteger("queries.windows", 250);
    SplittableRandom random = new SplittableRandom(Long.getLong("queries.seed", 1L));
    Instant end = Instant.now().truncatedTo(ChronoUnit.HOURS);
    Instant start = end.minus(DAY);
    Map<String, List<NavigableMap<Instant, Counted>>> scrapes =
        INSTALLATIONS.stream()
            .collect(toMap(Installation::namespace, each -> scrapes(each, start, end, random)));
    backfill(samples -> writeScrapes(scrapes, samples));
    try (TestPrometheus prometheus = TestPrometheus.start(directory, Map.of())) {
      Await.eventually(() -> assertThat(prometheus.rules()).isEmpty()); // It is ready.
      for (Duration window : WINDOWS) {
        Map<String, Errors> errors = new TreeMap<>();
        for (int i = 0; i < windows; i++) {
          long latest = DAY.minus(window).toMillis();
          Instant to = end.minusMillis(random.nextLong(latest));
          compare(prometheus, to.minus(window), to, scrapes, errors);
        }
        errors.forEach(
            (namespace, all) ->
                System.out.printf("queries: %s | %s | %s%n", namespace, window, all.line()));
      }
    }
  }

  /** Asserts that the recipe is exact, and adds the errors of increase(), by namespace. */
  private static void compare(
      TestPrometheus prometheus,
      Instant from,
      Instant to,
      Map<String, List<NavigableMap<Instant, Counted>>> scrapes,
      Map<String, Errors> errors) {
    String window = Duration.between(from, to).toMillis() + "ms";
    String recipe =
        """
        sum by (namespace) (
          last_over_time(%1$s[%2$s])
          - (last_over_time(%1$s[30d] offset %2$s) or 0 * last_over_time(%1$s[%2$s])))
        """;
    String estimate = "sum by (namespace) (increase(%s[%s]))";
    Map<String, BigDecimal> counts = at(prometheus, to, recipe.formatted(COUNT, window));
    Map<String, BigDecimal> sums =
        at(prometheus, to, "round(" + recipe.formatted(SUM, window) + ", 0.01)");
    Map<String, BigDecimal> increases = at(prometheus, to, estimate.formatted(COUNT, window));
    Map<String, BigDecimal> usd = at(prometheus, to, estimate.formatted(SUM, window));
    scrapes.forEach(
        (namespace, instances) -> {
          Counted expected =
              instances.stream()
                  .map(counted -> until(to, counted).minus(until(from, counted)))
                  .reduce(Counted.NOTHING, Counted::plus);
          assertThat(counts.getOrDefault(namespace, BigDecimal.ZERO))
              .as("%s from %s to %s", namespace, from, to)
              .isEqualByComparingTo(BigDecimal.valueOf(expected.payments()));
          assertThat(sums.getOrDefault(namespace, BigDecimal.ZERO))
              .as("%s from %s to %s", namespace, from, to)
              .isEqualByComparingTo(BigDecimal.valueOf(expected.cents(), 2));
          errors
              .computeIfAbsent(namespace, key -> new Errors())
              .add(
                  expected,
                  increases.getOrDefault(namespace, BigDecimal.ZERO).doubleValue(),
                  usd.getOrDefault(namespace, BigDecimal.ZERO).doubleValue());
        });
  }

  private static Map<String, BigDecimal> at(TestPrometheus prometheus, Instant time, String query) {
    return prometheus.nonZeroAt(time, query).entrySet().stream()
        .collect(toMap(series -> series.getKey().get("namespace"), Map.Entry::getValue));
  }

  private static Counted until(Instant time, NavigableMap<Instant, Counted> scrapes) {
    Map.Entry<Instant, Counted> last = scrapes.floorEntry(time);
    return last == null ? Counted.NOTHING : last.getValue();
  }

  private static List<NavigableMap<Instant, Counted>> scrapes(
      Installation installation, Instant start, Instant end, SplittableRandom random) {
    return IntStream.range(0, INSTANCES)
        .mapToObj(i -> scrapes(installation, start, end, installation.isScaled() && i > 0, random))
        .toList();
  }

  /** An instance that is removed counts nothing, and continues with its values. */
  private static NavigableMap<Instant, Counted> scrapes(
      Installation installation,
      Instant start,
      Instant end,
      boolean isScaled,
      SplittableRandom random) {
    NavigableMap<Instant, Counted> scrapes = new TreeMap<>();
    Counted counted = Counted.NOTHING;
    Instant payment = start;
    Instant scrape = start.plusMillis(random.nextLong(SCRAPES.toMillis()));
    for (; scrape.isBefore(end); scrape = scrape.plus(SCRAPES)) {
      if (isScaled && Duration.between(start, scrape).toMinutes() % 60 < 30) {
        payment = scrape;
        continue;
      }
      while (payment.isBefore(scrape)) {
        double wait = -Math.log(1 - random.nextDouble()) * installation.pause().toMillis();
        payment = payment.plusMillis(1 + (long) wait);
        counted = counted.plus(new Counted(1, cents(random)));
      }
      scrapes.put(scrape, counted);
    }
    return scrapes;
  }

  /** Returns between 1.00 and 5,000.00 USD, of all magnitudes. */
  private static long cents(SplittableRandom random) {
    return Math.round(100 * Math.pow(5000, random.nextDouble()));
  }

  private static void writeScrapes(
      Map<String, List<NavigableMap<Instant, Counted>>> scrapes, PrintWriter samples) {
    writeSeries(scrapes, COUNT, counted -> String.valueOf(counted.payments()), samples);
    writeSeries(
        scrapes, SUM, counted -> BigDecimal.valueOf(counted.cents(), 2).toString(), samples);
  }

  private static void writeSeries(
      Map<String, List<NavigableMap<Instant, Counted>>> scrapes,
      String name,
      Function<Counted, String> value,
      PrintWriter samples) {
    samples.printf("# TYPE %s unknown%n", name);
    scrapes.forEach(
        (namespace, instances) ->
            IntStream.range(0, instances.size())
                .forEach(
                    i ->
                        instances
                            .get(i)
                            .forEach(
                                (time, counted) ->
                                    sample(
                                        samples,
                                        "%s{namespace=\"%s\",instance=\"paymeter-%d\"}"
                                            .formatted(name, namespace, i),
                                        value.apply(counted),
                                        time))));
  }

  private static void sample(PrintWriter samples, String series, String value, Instant time) {
    samples.printf(
        "%s %s %s%n", series, value, BigDecimal.valueOf(time.toEpochMilli(), 3).toPlainString());
  }

  private void backfill(Consumer<PrintWriter> writer) throws Exception {
    Path file = directory.resolve("samples");
    try (PrintWriter samples = new PrintWriter(Files.newBufferedWriter(file))) {
      writer.accept(samples);
      samples.printf("# EOF%n");
    }
    Process promtool =
        new ProcessBuilder(
                RequiredPrograms.program("promtool", "apt-get install prometheus").toString(),
                "tsdb",
                "create-blocks-from",
                "openmetrics",
                file.toString(),
                directory.resolve("data").toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(promtool.getInputStream().readAllBytes(), UTF_8);
    assertThat(promtool.waitFor()).as(output).isZero();
  }

  /** The rules read what they recorded in the last day. */
  @Test
  void totals_afterADay_areEvaluatedQuickly() throws Exception {
    Instant end = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    List<String> recorded =
        RuleFiles.rules().stream()
            .map(RuleFiles.Rule::name)
            .filter(name -> name.endsWith(":last") || name.endsWith(":total"))
            .toList();
    backfill(samples -> recorded.forEach(name -> writeRecorded(name, end, samples)));
    try (TestPrometheus prometheus = TestPrometheus.startWithRules(directory, Map.of())) {
      Await.eventually(() -> assertThat(prometheus.rules()).isNotEmpty()); // It is ready.
      for (int evaluation = 1; evaluation <= 3; evaluation++) {
        String last = lastEvaluation(prometheus);
        Await.eventually(() -> assertThat(lastEvaluation(prometheus)).isNotEqualTo(last));
        System.out.printf(
            "queries: %d series of `last`, evaluation in %.0f ms%n",
            prometheus.value("count({__name__=~\".+:last\"})").intValue(),
            1000 * totals(prometheus).mapToDouble(r -> r.getDouble("evaluationTime")).sum());
      }
    }
  }

  private static String lastEvaluation(TestPrometheus prometheus) {
    return totals(prometheus).map(rule -> rule.getString("lastEvaluation")).toList().toString();
  }

  private static Stream<JsonObject> totals(TestPrometheus prometheus) {
    return prometheus.rules().stream()
        .filter(rule -> rule.getString("name").matches(".+:(last|before_resets|total)"));
  }

  private static void writeRecorded(String name, Instant end, PrintWriter samples) {
    boolean isTotal = name.endsWith(":total");
    samples.printf("# TYPE %s unknown%n", name);
    for (int instance = 0; instance < (isTotal ? 1 : INSTANCES_OF_RULES); instance++) {
      for (int series = 0; series < SERIES_OF_RULE; series++) {
        String labels =
            "{namespace=\"shop\",job=\"paymeter\",%scurrency=\"%d\"}"
                .formatted(isTotal ? "" : "instance=\"" + instance + "\",", series);
        for (Instant at = end.minus(DAY); at.isBefore(end); at = at.plus(EVALUATIONS)) {
          sample(samples, name + labels, String.valueOf(at.getEpochSecond()), at);
        }
      }
    }
  }
}
