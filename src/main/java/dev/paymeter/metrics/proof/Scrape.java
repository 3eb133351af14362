package dev.paymeter.metrics.proof;

import dev.paymeter.metrics.audited.LedgerValues;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.payment.port.LedgerCut;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Samples of one scrape of an instance, of series whose values follow from the ledger.
 *
 * @param generation the generation of the ledger in which the process started
 * @param cut the position in the ledger up to which its rows are in the scrape
 * @param isComplete whether everything up to the cut was committed before the scrape
 */
public record Scrape(
    String instanceId, String generation, LedgerCut cut, boolean isComplete, List<Sample> samples) {
  private static final String INSTANCE_ID = "instance_id";
  private static final String GENERATION = "generation";
  private static final Set<String> CUT_LABELS = Set.of(INSTANCE_ID, GENERATION);

  /** Selects the series that identify a scrape. */
  public static final String CUTS =
      "{__name__=~\"%s|%s\"}".formatted(MetricNames.SCRAPE_CUT, MetricNames.SCRAPE_CUT_COMPLETE);

  /**
   * Returns the scrapes that samples of one moment belong to. Those of one scrape have the same
   * labels of its target, which Prometheus adds.
   *
   * @param samples those of {@link #CUTS}, and others
   * @throws IllegalArgumentException if a sample belongs to no scrape with a cut
   */
  public static List<Scrape> of(List<Sample> samples) {
    Map<Map<String, String>, List<Sample>> byTarget = new HashMap<>();
    Map<Map<String, String>, Set<Map<String, String>>> cutsOf = new HashMap<>();
    Map<Map<String, String>, Double> complete = new HashMap<>();
    Map<Map<String, String>, Double> cuts = new HashMap<>();
    for (Sample sample : samples) {
      switch (sample.name()) {
        case MetricNames.SCRAPE_CUT -> {
          cuts.put(sample.labels(), sample.value());
          cutsOf
              .computeIfAbsent(without(sample.labels(), CUT_LABELS), key -> new HashSet<>())
              .add(sample.labels());
        }
        case MetricNames.SCRAPE_CUT_COMPLETE -> complete.put(sample.labels(), sample.value());
        default -> {
          if (LedgerValues.isOfLedger(sample.name(), sample.labels())) {
            byTarget
                .computeIfAbsent(
                    without(sample.labels(), LedgerValues.labels(sample.name())),
                    key -> new ArrayList<>())
                .add(sample);
          }
        }
      }
    }
    List<Scrape> scrapes = new ArrayList<>();
    byTarget.forEach(
        (target, ofTarget) -> {
          // After a restart in a new generation, the last samples of a time have two cuts.
          Map<String, String> labels =
              cutsOf.getOrDefault(target, Set.of()).stream()
                  .max((one, other) -> Double.compare(cut(cuts, one), cut(cuts, other)))
                  .orElseThrow(() -> withoutCut(ofTarget.get(0)));
          scrapes.add(
              new Scrape(
                  Optional.ofNullable(labels.get(INSTANCE_ID)).orElse(""),
                  Optional.ofNullable(labels.get(GENERATION)).orElse(""),
                  LedgerCut.of((long) cut(cuts, labels)),
                  Objects.equals(complete.get(labels), 1.0),
                  ofTarget));
        });
    return scrapes;
  }

  /** Returns whether a sample identifies a scrape. */
  public static boolean isCut(Sample sample) {
    return sample.name().equals(MetricNames.SCRAPE_CUT)
        || sample.name().equals(MetricNames.SCRAPE_CUT_COMPLETE);
  }

  private static double cut(Map<Map<String, String>, Double> cuts, Map<String, String> labels) {
    return cuts.getOrDefault(labels, 0.0);
  }

  private static IllegalArgumentException withoutCut(Sample sample) {
    return new IllegalArgumentException(
        "expected a series %s of the target of %s, found none: its scrape does not name its cut"
            .formatted(MetricNames.SCRAPE_CUT, sample.series()));
  }

  private static Map<String, String> without(Map<String, String> labels, Set<String> names) {
    Map<String, String> rest = new HashMap<>(labels);
    rest.keySet().removeAll(names);
    return rest;
  }
}
