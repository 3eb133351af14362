package dev.paymeter.metrics.alerts;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A binary operation. */
record Operation(Operator operator, Matching matching, Query left, Query right) implements Query {

  /**
   * Which series of both sides belong together.
   *
   * @param isOn true if the labels are those to compare, false if all others are
   * @param isManyToOne true if several series of the left side may match one of the right side
   */
  record Matching(boolean isOn, Set<String> labels, boolean isManyToOne) {
    static final Matching DEFAULT = new Matching(false, Set.of(), false);

    LabelSet key(Sample sample) {
      return isOn ? sample.labels().only(labels) : sample.labels().without(labels);
    }

    LabelSet result(Sample leftSample, boolean keepsName) {
      LabelSet labels = isManyToOne ? leftSample.labels().withoutName() : key(leftSample);
      String name = leftSample.labels().get(LabelSet.NAME);
      return keepsName && (isManyToOne || !isOn) ? labels.with(LabelSet.NAME, name) : labels;
    }
  }

  @Override
  public Stream<Reach> reaches() {
    return Stream.concat(left.reaches(), right.reaches());
  }

  @Override
  public List<Sample> evaluate(Evaluation evaluation) {
    List<Sample> leftSide = left.evaluate(evaluation);
    List<Sample> rightSide = right.evaluate(evaluation);
    if (right instanceof Scalar scalar) {
      return leftSide.stream()
          .map(sample -> withScalar(sample, sample.value(), scalar.value()))
          .filter(Objects::nonNull)
          .toList();
    }
    if (left instanceof Scalar scalar) {
      return rightSide.stream()
          .map(sample -> withScalar(sample, scalar.value(), sample.value()))
          .filter(Objects::nonNull)
          .toList();
    }
    return switch (operator) {
      case OR -> or(leftSide, rightSide);
      case AND -> filter(leftSide, rightSide, true);
      case UNLESS -> filter(leftSide, rightSide, false);
      default -> match(leftSide, rightSide);
    };
  }

  private @Nullable Sample withScalar(Sample sample, double leftValue, double rightValue) {
    if (!operator.isComparison()) {
      return new Sample(sample.labels().withoutName(), operator.apply(leftValue, rightValue));
    }
    return operator.holds(leftValue, rightValue) ? sample : null;
  }

  private List<Sample> or(List<Sample> leftSide, List<Sample> rightSide) {
    List<Sample> both = new ArrayList<>(leftSide);
    both.addAll(filter(rightSide, leftSide, false));
    return both;
  }

  private List<Sample> filter(List<Sample> kept, List<Sample> others, boolean isPresent) {
    Set<LabelSet> keys = new HashSet<>();
    others.forEach(other -> keys.add(matching.key(other)));
    return kept.stream()
        .filter(sample -> keys.contains(matching.key(sample)) == isPresent)
        .toList();
  }

  private List<Sample> match(List<Sample> leftSide, List<Sample> rightSide) {
    Map<LabelSet, Sample> ones = new HashMap<>();
    for (Sample one : rightSide) {
      requireUnique(ones.put(matching.key(one), one) == null);
    }
    Set<LabelSet> matched = new HashSet<>();
    List<Sample> results = new ArrayList<>();
    for (Sample sample : leftSide) {
      Sample one = ones.get(matching.key(sample));
      if (one != null) {
        requireUnique(matched.add(matching.key(sample)) || matching.isManyToOne());
        addResult(sample, one.value(), results);
      }
    }
    return results;
  }

  private void addResult(Sample sample, double other, List<Sample> results) {
    if (!operator.isComparison()) {
      double value = operator.apply(sample.value(), other);
      results.add(new Sample(matching.result(sample, false), value));
    } else if (operator.holds(sample.value(), other)) {
      results.add(new Sample(matching.result(sample, true), sample.value()));
    }
  }

  private void requireUnique(boolean isUnique) {
    if (!isUnique) {
      throw new IllegalStateException(
          "several series have the labels that " + operator + " compares");
    }
  }
}
