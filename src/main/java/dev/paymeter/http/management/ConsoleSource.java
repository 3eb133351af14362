package dev.paymeter.http.management;

import dev.paymeter.metrics.dashboard.DashboardSampler;
import dev.paymeter.metrics.dashboard.RecentPayments;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What the console shows.
 *
 * @param instanceId whose numbers they are
 * @param thresholds by alert, the number from which on it is one
 * @param points the answers to the dashboard's questions, oldest first; must not block
 * @param payments those that were counted last, oldest first
 * @param longestView after so long a viewer is asked to come again: who is there no longer does not
 */
public record ConsoleSource(
    String instanceId,
    Map<String, BigDecimal> thresholds,
    Supplier<List<DashboardSampler.Point>> points,
    Supplier<Future<List<RecentPayments.Counted>>> payments,
    Duration longestView) {}
