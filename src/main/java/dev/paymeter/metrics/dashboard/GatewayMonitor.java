package dev.paymeter.metrics.dashboard;

import dev.paymeter.metrics.dashboard.ServiceStatus.Incident;
import dev.paymeter.metrics.dashboard.ServiceStatus.Kind;
import dev.paymeter.metrics.registry.MetricNames;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * Decides whether a gateway responds: it does not while its circuit breaker is not closed, or while
 * several of its calls of the last minute got no response, and these are many in comparison with
 * its payments. Not thread-safe.
 */
final class GatewayMonitor {
  private static final Duration WINDOW = Duration.ofMinutes(1);

  /** A single inquiry without a response, at a gateway without payments, is no outage. */
  private static final int MIN_TIMEOUTS = 3;

  /** Maximum share of calls without a response in these calls and the settled payments. */
  private static final double MAX_TIMEOUT_SHARE = 0.05;

  private static final String CLOSED = "closed";

  private final String gateway;
  private final IncidentTracker incident = new IncidentTracker();

  /** Samples of the window, oldest first; at most one a second. */
  private final Deque<Calls> calls = new ArrayDeque<>();

  /**
   * Counters at one moment. There is none of all calls.
   *
   * @param timeouts calls without a response, including refunds and inquiries
   * @param settled payments with an outcome
   */
  private record Calls(Instant at, double timeouts, double settled) {}

  GatewayMonitor(String gateway) {
    this.gateway = gateway;
  }

  Optional<Incident> update(Instant now, SeriesSums sums) {
    double timeouts = sums.total(MetricNames.GATEWAY_TIMEOUTS, "gateway", gateway);
    double settled =
        sums.countsBy("gateway", MetricNames.PAYMENT_DURATION).getOrDefault(gateway, 0.0);
    calls.removeIf(past -> past.at().isBefore(now.minus(WINDOW)) || !past.at().isBefore(now));
    calls.addLast(new Calls(now, timeouts, settled));
    String breaker = breaker(sums);
    return incident
        .update(
            !breaker.equals(CLOSED) || hasTimeouts(),
            now,
            sums.total(MetricNames.GATEWAY_REJECTIONS, "gateway", gateway),
            timeouts,
            calls.getFirst().timeouts())
        .map(open -> open.incident(Kind.GATEWAY_NOT_RESPONDING, gateway, breaker));
  }

  private boolean hasTimeouts() {
    double timeouts = calls.getLast().timeouts() - calls.getFirst().timeouts();
    double settled = calls.getLast().settled() - calls.getFirst().settled();
    return timeouts >= MIN_TIMEOUTS && timeouts > MAX_TIMEOUT_SHARE * (timeouts + settled);
  }

  private String breaker(SeriesSums sums) {
    return sums.values(MetricNames.GATEWAY_BREAKER).entrySet().stream()
        .filter(each -> gateway.equals(each.getKey().get("gateway")) && each.getValue() == 1)
        .map(each -> String.valueOf(each.getKey().get("state")))
        .findFirst()
        .orElse(CLOSED);
  }
}
