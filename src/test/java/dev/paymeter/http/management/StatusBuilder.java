package dev.paymeter.http.management;

import dev.paymeter.metrics.dashboard.PaymentComparison;
import dev.paymeter.metrics.dashboard.PaymentComparison.Sum;
import dev.paymeter.metrics.dashboard.ServiceStatus;
import dev.paymeter.metrics.dashboard.ServiceStatus.Disputes;
import dev.paymeter.metrics.dashboard.ServiceStatus.Incident;
import dev.paymeter.metrics.dashboard.ServiceStatus.Kind;
import dev.paymeter.metrics.dashboard.ServiceStatus.MissingAccount;
import dev.paymeter.metrics.dashboard.ServiceStatus.OpenDisputes;
import dev.paymeter.metrics.dashboard.ServiceStatus.Unknown;
import dev.paymeter.metrics.dashboard.ServiceStatus.Unknowns;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The status of a service, healthy except for what is changed. */
final class StatusBuilder {
  private static final Sum NONE = new Sum(0, 0);

  private Instant at = Instant.now();
  private boolean isRestored = true;
  private Sum ledger = new Sum(174, 8_385_895);
  private Sum metrics = ledger;
  private double drift;
  private Instant comparedUpTo = at.minusSeconds(2);
  private boolean isLedgerUp = true;
  private Unknowns unknown = unknowns(at, Map.of(), Map.of(), List.of());
  private Disputes disputes = new Disputes(at, List.of());
  private final List<Incident> incidents = new ArrayList<>();

  /** The status is of a later time. */
  StatusBuilder later(Duration time) {
    at = at.plus(time);
    return this;
  }

  /** The counters are not restored yet, and the ledger is not open. */
  StatusBuilder notRestored() {
    isRestored = false;
    return this;
  }

  /** Both sides have the same payments. */
  StatusBuilder payments(Sum both) {
    ledger = both;
    metrics = both;
    return this;
  }

  StatusBuilder drift(Sum counted, double difference) {
    metrics = counted;
    drift = difference;
    return this;
  }

  /** The last comparison is of the time before. */
  StatusBuilder ledgerUnavailable(Instant since, long refused) {
    isLedgerUp = false;
    comparedUpTo = since;
    incidents.add(new Incident(Kind.LEDGER_UNAVAILABLE, "", since, refused, 0, ""));
    return this;
  }

  /** The circuit breaker of the gateway is open. */
  StatusBuilder notResponding(String gateway, Instant since, long refused, long timeouts) {
    incidents.add(
        new Incident(Kind.GATEWAY_NOT_RESPONDING, gateway, since, refused, timeouts, "open"));
    return this;
  }

  /** Unknown payments by gateway, as of now. */
  StatusBuilder unknown(Map<String, Unknown> payments, MissingAccount... missing) {
    return unknown(at, payments, missing);
  }

  StatusBuilder unknown(Instant readAt, Map<String, Unknown> payments, MissingAccount... missing) {
    unknown = unknowns(readAt, payments, Map.of(), List.of(missing));
    return this;
  }

  /** Unknown refunds by gateway, as of now, and no unknown payments. */
  StatusBuilder unknownRefunds(Map<String, Unknown> refunds, MissingAccount... missing) {
    unknown = unknowns(at, Map.of(), refunds, List.of(missing));
    return this;
  }

  /** Open disputes and warnings, as of now. */
  StatusBuilder disputes(OpenDisputes... open) {
    return disputes(at, open);
  }

  StatusBuilder disputes(Instant readAt, OpenDisputes... open) {
    disputes = new Disputes(readAt, List.of(open));
    return this;
  }

  private static Unknowns unknowns(
      Instant readAt,
      Map<String, Unknown> payments,
      Map<String, Unknown> refunds,
      List<MissingAccount> missing) {
    return new Unknowns(readAt, new TreeMap<>(payments), new TreeMap<>(refunds), missing);
  }

  ServiceStatus build() {
    return new ServiceStatus(
        at,
        isRestored
            ? Optional.of(new PaymentComparison(ledger, metrics, NONE, NONE))
            : Optional.empty(),
        ifRestored(comparedUpTo),
        ifRestored(at.minusSeconds(700)),
        isRestored ? drift : Double.NaN,
        0,
        ifRestored(isLedgerUp),
        unknown,
        disputes,
        List.copyOf(incidents));
  }

  private <T> @Nullable T ifRestored(T value) {
    return isRestored ? value : null;
  }
}
