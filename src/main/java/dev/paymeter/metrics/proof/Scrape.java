package dev.paymeter.metrics.proof;

import dev.paymeter.metrics.audited.LedgerValues;
import dev.paymeter.metrics.registry.MetricNames;
import dev.paymeter.payment.port.LedgerCut;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    Map<Map<String, String>, List<Sample>> byTarget = new LinkedHashMap<>();
    Map<Map<String, String>, Sample> cuts = new HashMap<>();
    Set<Map<String, String>> complete = new HashSet<>();
    for (Sample sample : samples) {
      if (sample.name().equals(MetricNames.SCRAPE_CUT)) {
        // After a restart in a new generation, the last samples of a time have two cuts.
        cuts.merge(without(sample.labels(), CUT_LABELS), sample, Scrape::later);
      } else if (sample.name().equals(MetricNames.SCRAPE_CUT_COMPLETE)) {
        if (sample.value() == 1) {
          complete.add(sample.labels());
        }
      } else if (LedgerValues.isOfLedger(sample.name(), sample.labels())) {
        byTarget
            .computeIfAbsent(
                without(sample.labels(), LedgerValues.labels(sample.name())),
                target -> new ArrayList<>())
            .add(sample);
      }
    }
    List<Scrape> scrapes = new ArrayList<>();
    byTarget.forEach(
        (target, ofTarget) -> {
          Sample cut = cuts.get(target);
          if (cut == null) {
            throw withoutCut(ofTarget.get(0));
          }
          scrapes.add(
              new Scrape(
                  cut.labels().getOrDefault(INSTANCE_ID, ""),
                  cut.labels().getOrDefault(GENERATION, ""),
                  LedgerCut.of((long) cut.value()),
                  complete.contains(cut.labels()),
                  ofTarget));
        });
    return scrapes;
  }

  private static Sample later(Sample one, Sample other) {
    return one.value() > other.value() ? one : other;
  }

  /** Returns whether a sample identifies a scrape. */
  public static boolean isCut(Sample sample) {
    return sample.name().equals(MetricNames.SCRAPE_CUT)
        || sample.name().equals(MetricNames.SCRAPE_CUT_COMPLETE);
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
