package dev.paymeter.metrics.alerts;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** A query in the part of PromQL that the rules use. Its results are instant vectors. */
sealed interface Query
    permits Operation, Query.Scalar, Query.Selector, Query.RangeCall, Query.Aggregation {
  List<Sample> evaluate(Evaluation evaluation);

  /** Returns the selectors in this query, with the time that each reaches back. */
  Stream<Reach> reaches();

  /**
   * Data that a query reads.
   *
   * @param isRange true if the samples of a time are read
   * @param duration time from the evaluation to the oldest sample that is read
   */
  record Reach(Selector selector, boolean isRange, Duration duration) {}

  /** A number. */
  record Scalar(double value) implements Query {
    @Override
    public List<Sample> evaluate(Evaluation evaluation) {
      return List.of(new Sample(LabelSet.EMPTY, value));
    }

    @Override
    public Stream<Reach> reaches() {
      return Stream.empty();
    }
  }

  /**
   * Selects series.
   *
   * @param names of the metrics
   */
  record Selector(Set<String> names, List<LabelMatcher> matchers, Duration offset)
      implements Query {
    /** Returns the selector of all series of these metrics. */
    Selector withoutMatchers() {
      return new Selector(names, List.of(), offset);
    }

    /** Returns true if the labels match; the name is not compared. */
    boolean matches(LabelSet labels) {
      return matchers.stream().allMatch(matcher -> matcher.matches(labels));
    }

    @Override
    public List<Sample> evaluate(Evaluation evaluation) {
      return evaluation.select(this);
    }

    @Override
    public Stream<Reach> reaches() {
      return Stream.of(new Reach(this, !offset.isZero(), offset));
    }
  }

  /** A function of the samples of a time. */
  record RangeCall(RangeFunction function, Selector selector, Duration range) implements Query {
    @Override
    public List<Sample> evaluate(Evaluation evaluation) {
      return evaluation.select(selector, range, function);
    }

    @Override
    public Stream<Reach> reaches() {
      return Stream.of(new Reach(selector, true, selector.offset().plus(range)));
    }
  }

  /**
   * Combines series that have the same value of some labels.
   *
   * @param isWithout true if the labels are those that are removed
   */
  record Aggregation(Function function, boolean isWithout, Set<String> labels, Query of)
      implements Query {

    /** An operator that combines values. */
    enum Function {
      SUM(values -> values.stream().mapToDouble(each -> each).sum()),
      AVG(values -> values.stream().mapToDouble(each -> each).sum() / values.size()),
      MAX(Aggregation::max),
      COUNT(List::size);

      private final ToDoubleFunction<List<Double>> combination;

      Function(ToDoubleFunction<List<Double>> combination) {
        this.combination = combination;
      }
    }

    /** Ignores NaN, the value of an old reading, unless all values are. */
    private static double max(List<Double> values) {
      return values.stream().reduce((a, b) -> a.isNaN() || b > a ? b : a).orElseThrow();
    }

    @Override
    public List<Sample> evaluate(Evaluation evaluation) {
      Map<LabelSet, List<Double>> groups = new LinkedHashMap<>();
      for (Sample sample : of.evaluate(evaluation)) {
        groups.computeIfAbsent(group(sample), key -> new ArrayList<>()).add(sample.value());
      }
      return groups.entrySet().stream()
          .map(
              group ->
                  new Sample(group.getKey(), function.combination.applyAsDouble(group.getValue())))
          .toList();
    }

    private LabelSet group(Sample sample) {
      return isWithout ? sample.labels().without(labels) : sample.labels().only(labels);
    }

    @Override
    public Stream<Reach> reaches() {
      return of.reaches();
    }
  }
}
