package dev.paymeter.http.management;

import dev.paymeter.bus.InstanceQuery;
import dev.paymeter.metrics.alerts.ActiveAlerts;
import dev.paymeter.metrics.dashboard.DashboardSampler;
import dev.paymeter.metrics.dashboard.ErrorBudget;
import dev.paymeter.metrics.dashboard.PaymentTotals;
import dev.paymeter.metrics.dashboard.RecentPayments;
import dev.paymeter.metrics.dashboard.SampleHistory;
import dev.paymeter.metrics.dashboard.ServiceStatus;
import dev.paymeter.payment.AllowedValues;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Data of the console. The suppliers must not block.
 *
 * @param instanceId the instance that counts
 * @param apiUrl the address of the payment API; empty before it is ready
 * @param thresholds the threshold of each alert
 * @param points the samples of the dashboard's figures, oldest first
 * @param budgets the error budgets
 * @param status the state of the instance; null before its first sample
 * @param alerts the alerts with a condition that holds
 * @param payments the most recently counted payments, oldest first
 * @param maxStreamAge age at which streams end; clients that are still connected reconnect
 * @param allowedValues the values that lists of payments can be filtered by
 * @param ports the lists and actions of the ledger; fails as rejected while it is not open
 * @param totals the number and the sum of the payments that this instance has counted
 * @param instances asks the other instances of the cluster; null without a cluster
 */
public record ConsoleSource(
    String instanceId,
    Supplier<String> apiUrl,
    Supplier<Future<Map<String, BigDecimal>>> thresholds,
    Function<SampleHistory.Range, List<DashboardSampler.Point>> points,
    Supplier<ErrorBudget.Budgets> budgets,
    Supplier<@Nullable ServiceStatus> status,
    Supplier<ActiveAlerts> alerts,
    Supplier<Future<List<RecentPayments.CountedPayment>>> payments,
    Duration maxStreamAge,
    AllowedValues allowedValues,
    Supplier<Future<OperatorPorts>> ports,
    Supplier<Future<PaymentTotals>> totals,
    @Nullable InstanceQuery instances) {}
