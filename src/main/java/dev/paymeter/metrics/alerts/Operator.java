package dev.paymeter.metrics.alerts;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.DoubleBinaryOperator;
import org.jspecify.annotations.Nullable;

/** A binary operator of PromQL. */
enum Operator {
  OR("or", 0, null, null),
  AND("and", 1, null, null),
  UNLESS("unless", 1, null, null),
  EQUAL("==", 2, null, (x, y) -> (double) x == y),
  NOT_EQUAL("!=", 2, null, (x, y) -> (double) x != y),
  GREATER(">", 2, null, (x, y) -> x > y),
  LESS("<", 2, null, (x, y) -> x < y),
  AT_LEAST(">=", 2, null, (x, y) -> x >= y),
  AT_MOST("<=", 2, null, (x, y) -> x <= y),
  PLUS("+", 3, Double::sum, null),
  MINUS("-", 3, (x, y) -> x - y, null),
  TIMES("*", 4, (x, y) -> x * y, null),
  DIVIDED("/", 4, (x, y) -> x / y, null);

  /** Number of levels of precedence. */
  static final int LEVELS = 5;

  private final String symbol;
  private final int precedence;
  private final @Nullable DoubleBinaryOperator arithmetic;
  private final @Nullable BiPredicate<Double, Double> comparison;

  Operator(
      String symbol,
      int precedence,
      @Nullable DoubleBinaryOperator arithmetic,
      @Nullable BiPredicate<Double, Double> comparison) {
    this.symbol = symbol;
    this.precedence = precedence;
    this.arithmetic = arithmetic;
    this.comparison = comparison;
  }

  /** Returns the operator with this symbol and precedence. */
  static Optional<Operator> of(String symbol, int precedence) {
    return Arrays.stream(values())
        .filter(each -> each.precedence == precedence && each.symbol.equals(symbol))
        .findFirst();
  }

  boolean isComparison() {
    return comparison != null;
  }

  boolean isArithmetic() {
    return arithmetic != null;
  }

  boolean holds(double left, double right) {
    return comparison != null && comparison.test(left, right);
  }

  double apply(double left, double right) {
    if (arithmetic == null) {
      throw new IllegalStateException(symbol + " is no arithmetic operator");
    }
    return arithmetic.applyAsDouble(left, right);
  }
}
