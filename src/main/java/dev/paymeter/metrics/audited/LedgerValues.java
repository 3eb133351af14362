package dev.paymeter.metrics.audited;

import dev.paymeter.audit.AuditStore;
import dev.paymeter.metrics.registry.HistogramSeries;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.report.ErrorReport;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Values of the audited families that follow from rows of the ledger, exact. */
public final class LedgerValues {
  private static final String COUNT = "_count";
  private static final String SUM = "_sum";
  private static final String BUCKET = "_bucket";

  private static final Map<String, Set<String>> LABELS =
      Map.of(
          MetricNames.PAYMENT_REQUESTS, Set.of("status", "gateway", "user_tier"),
          MetricNames.PAYMENT_DURATION, Set.of("gateway", "payment_method"),
          MetricNames.PAYMENT_AMOUNT, Set.of("currency", "user_tier"),
          MetricNames.ERRORS, Set.of("service", "error_type", "severity"),
          MetricNames.BUSINESS_EVENTS, Set.of("event"));

  private static final Map<String, HistogramSeries.Scale> SCALES =
      Map.of(
          MetricNames.PAYMENT_DURATION, LedgerMeters.DURATION,
          MetricNames.PAYMENT_AMOUNT, LedgerMeters.AMOUNT,
          MetricNames.BUSINESS_EVENTS, LedgerMeters.AMOUNT);

  private final LedgerMeters ledgerMeters = LedgerMeters.notExposed();

  /** The sums of what was added; without any row, each value is zero. */
  private long[] cells = {};

  /** Name and labels of a sample. */
  public record SampleName(String name, Map<String, String> labels) {}

  /** Returns the samples of all series that have rows. */
  public List<SampleName> names() {
    List<SampleName> names = new ArrayList<>();
    for (SeriesLayout.Series series : ledgerMeters.layout().series()) {
      Map<String, String> labels = SeriesLayout.labels(series);
      HistogramSeries.Scale scale = SCALES.get(series.family());
      if (scale == null) {
        names.add(new SampleName(series.family(), labels));
      } else {
        names.add(new SampleName(series.family() + COUNT, labels));
        names.add(new SampleName(series.family() + SUM, labels));
        for (int i = 0; i < scale.buckets(); i++) {
          Map<String, String> ofBucket = new TreeMap<>(labels);
          ofBucket.put(
              "le",
              i + 1 < scale.buckets()
                  ? Double.toString(scale.toBaseUnits(scale.boundsInUnits()[i]))
                  : "+Inf");
          names.add(new SampleName(series.family() + BUCKET, ofBucket));
        }
      }
    }
    return names;
  }

  /** Adds rows. */
  public void add(AuditStore.SettledTotals rows) {
    add(ledgerMeters.totals(rows));
  }

  /** Adds what is not in the ledger: the difference between the exposed values and its totals. */
  public void addBaseline(String baseline) {
    add(ledgerMeters.read(new JsonObject(baseline)));
  }

  private void add(long[] more) {
    cells = Arrays.copyOf(cells, ledgerMeters.layout().length());
    SeriesLayout.add(cells, more);
  }

  /** A sample's place in the audited families. */
  private record Place(
      String family, JsonObject labels, String part, HistogramSeries.@Nullable Scale scale) {}

  /**
   * Returns the value of a sample.
   *
   * @param name of the sample, such as {@code payment_amount_usd_sum}
   * @param labels its labels; others than those of the family are ignored
   * @throws IllegalArgumentException if no row can be counted in such a sample
   */
  public BigDecimal value(String name, Map<String, String> labels) {
    return value(cells, name, labels);
  }

  /** Returns the number of the rows that a sample counts or adds up. */
  public long rows(String name, Map<String, String> labels) {
    return value(counting(name), labels).longValueExact();
  }

  /**
   * Returns what a row adds to a sample, as {@link #value}; empty if the row is not in the sample.
   */
  public Optional<BigDecimal> valueOf(
      AuditStore.SettledTotals row, String name, Map<String, String> labels) {
    long[] totals = ledgerMeters.totals(row);
    return value(totals, counting(name), labels).signum() == 0
        ? Optional.empty() // An amount may be zero cents.
        : Optional.of(value(totals, name, labels));
  }

  private static String counting(String name) {
    return name.endsWith(SUM) ? family(name) + COUNT : name;
  }

  private BigDecimal value(long[] totals, String name, Map<String, String> labels) {
    Place place = place(name, labels);
    int offset = ledgerMeters.offset(place.family(), place.labels());
    if (place.scale() == null) {
      return BigDecimal.valueOf(sum(totals, offset, 1));
    }
    int buckets = place.scale().buckets();
    return switch (place.part()) {
      case SUM ->
          BigDecimal.valueOf(sum(totals, offset + buckets, 1))
              .divide(BigDecimal.valueOf(place.scale().unitsPerBaseUnit()));
      case COUNT -> BigDecimal.valueOf(sum(totals, offset, buckets));
      default -> BigDecimal.valueOf(sum(totals, offset, bucket(place.scale(), labels) + 1));
    };
  }

  /** Returns the sum of some cells; no row is in those that the totals do not have. */
  private static long sum(long[] totals, int offset, int length) {
    long sum = 0;
    for (int i = offset; i < Math.min(totals.length, offset + length); i++) {
      sum += totals[i];
    }
    return sum;
  }

  private static int bucket(HistogramSeries.Scale scale, Map<String, String> labels) {
    double bound = Double.parseDouble(labels.getOrDefault("le", "").replace("Inf", "Infinity"));
    if (bound == Double.POSITIVE_INFINITY) {
      return scale.buckets() - 1;
    }
    int bucket = scale.bucket(Math.round(bound * scale.unitsPerBaseUnit()));
    if (bucket == scale.buckets() - 1
        || scale.toBaseUnits(scale.boundsInUnits()[bucket]) != bound) {
      throw new IllegalArgumentException("expected a bucket of the family, found " + bound);
    }
    return bucket;
  }

  /**
   * Returns the value that a double of a scrape represents: whole units of the family, if it is the
   * nearest double, or one of the next two. VictoriaMetrics stores decimal digits, and returns
   * 46118933.910000004 for 46118933.91.
   *
   * @throws IllegalArgumentException if it is not finite
   */
  public static BigDecimal exact(String name, double sample) {
    if (!Double.isFinite(sample)) {
      throw new IllegalArgumentException(
          "expected a finite value of %s, found %s".formatted(name, sample));
    }
    return Optional.ofNullable(SCALES.get(family(name)))
        .filter(scale -> name.endsWith(SUM))
        .filter(scale -> isNear(sample, scale))
        .map(
            scale ->
                BigDecimal.valueOf(Math.round(sample * scale.unitsPerBaseUnit()))
                    .divide(BigDecimal.valueOf(scale.unitsPerBaseUnit())))
        .orElseGet(() -> new BigDecimal(sample));
  }

  private static boolean isNear(double sample, HistogramSeries.Scale scale) {
    double nearest = scale.toBaseUnits(Math.round(sample * scale.unitsPerBaseUnit()));
    return Math.abs(nearest - sample) <= 2 * Math.ulp(sample);
  }

  private static Place place(String name, Map<String, String> labels) {
    String family = family(name);
    Set<String> names = LABELS.get(family);
    if (names == null) {
      throw new IllegalArgumentException(
          "expected a sample of "
              + String.join(", ", LABELS.keySet().stream().sorted().toList())
              + ", found "
              + name);
    }
    Map<String, Object> own = new TreeMap<>(labels);
    own.keySet().retainAll(names);
    if (own.size() < names.size()) {
      throw new IllegalArgumentException(
          "expected the labels %s of %s, found %s"
              .formatted(names.stream().sorted().toList(), family, own.keySet()));
    }
    return new Place(
        family, new JsonObject(own), name.substring(family.length()), SCALES.get(family));
  }

  /** Returns the family of a sample; its name if it is not in an audited family. */
  public static String family(String name) {
    for (String family : SCALES.keySet()) {
      for (String part : Set.of(COUNT, SUM, BUCKET)) {
        if (name.equals(family + part)) {
          return family;
        }
      }
    }
    return name;
  }

  /** Returns the labels that the series of a sample's family have. */
  public static Set<String> labels(String name) {
    Set<String> labels = new HashSet<>(LABELS.getOrDefault(family(name), Set.of()));
    if (name.endsWith(BUCKET)) {
      labels.add("le");
    }
    return labels;
  }

  /** Returns whether rows of the ledger are counted in a sample. */
  public static boolean isOfLedger(String name, Map<String, String> labels) {
    String family = family(name);
    return LABELS.containsKey(family)
        && (!family.equals(MetricNames.ERRORS)
            || !ErrorReport.UNRECORDED_SERVICES.contains(labels.getOrDefault("service", "")));
  }
}
