package dev.paymeter.gateway.simulator;

import dev.paymeter.gateway.ChargeFields;
import dev.paymeter.payment.DisputeStatus;
import dev.paymeter.payment.Labeled;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.port.GatewayDispute;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Currency;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The dispute of a charge, whose state follows from its kind and the time.
 *
 * @param gatewayKey the reference of the charge
 * @param ledger the id of the ledger that the charge belongs to
 * @param since when the amount was charged
 */
record SimulatedDispute(
    Kind kind, UUID gatewayKey, UUID payment, String ledger, Instant since, Money amount) {
  /** The field of a charge that contains its {@link Kind}. */
  static final String FIELD = "dispute";

  /** The time after the charge at which a dispute ends that is won or lost soon. */
  static final Duration DECISION = Duration.ofSeconds(5);

  private static final String PREFIX = "sim_dp_";
  private static final Duration RESPONSE_TIME = Duration.ofDays(7);
  private static final Money FEE = Money.of(new BigDecimal(15), Currency.getInstance("USD"));

  /** The course of a dispute. */
  enum Kind implements Labeled {
    /** Open until its deadline has passed; then lost. */
    OPEN,
    WON,
    LOST,
    /** A warning, which ends when its deadline has passed. */
    WARNING,
    REVERSAL
  }

  /** Returns the dispute of a new charge, or of an amount that is held; empty if it has none. */
  static Optional<SimulatedDispute> of(JournalEntry line) {
    String kind = line.fields().getString(FIELD);
    return kind == null || line.order() == null || line.error() != null
        ? Optional.empty()
        : Optional.of(
            new SimulatedDispute(
                Kind.valueOf(kind.toUpperCase(Locale.ROOT)),
                line.reference(),
                line.id(),
                line.fields().getString(ChargeFields.LEDGER_ID, ""),
                line.at(),
                Objects.requireNonNull(line.order()).money()));
  }

  /** Returns the dispute of a held amount that was captured. */
  SimulatedDispute captured(Instant at, Money captured) {
    return new SimulatedDispute(kind, gatewayKey, payment, ledger, at, captured);
  }

  /** Returns the gateway's id of the dispute of a charge. */
  static String id(UUID gatewayKey) {
    return PREFIX + gatewayKey;
  }

  /** Returns the reference of the charge with a dispute; empty if the id is that of none. */
  static Optional<UUID> gatewayKey(String id) {
    try {
      return id.startsWith(PREFIX)
          ? Optional.of(UUID.fromString(id.substring(PREFIX.length())))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Returns the dispute as it is at a time. */
  GatewayDispute at(Instant now) {
    return new GatewayDispute(
        id(gatewayKey),
        payment,
        gatewayKey,
        status(now),
        kind == Kind.REVERSAL ? "insufficient_funds" : "fraudulent",
        amount,
        kind == Kind.REVERSAL ? null : since.plus(RESPONSE_TIME),
        fee(),
        since);
  }

  private @Nullable Money fee() {
    return kind == Kind.WARNING || kind == Kind.REVERSAL ? null : FEE;
  }

  private DisputeStatus status(Instant now) {
    boolean isDecided = !now.isBefore(since.plus(DECISION));
    boolean isOverdue = !now.isBefore(since.plus(RESPONSE_TIME));
    return switch (kind) {
      case OPEN -> isOverdue ? DisputeStatus.LOST : DisputeStatus.NEEDS_RESPONSE;
      case WON -> isDecided ? DisputeStatus.WON : DisputeStatus.NEEDS_RESPONSE;
      case LOST -> isDecided ? DisputeStatus.LOST : DisputeStatus.NEEDS_RESPONSE;
      case WARNING ->
          isOverdue ? DisputeStatus.WARNING_CLOSED : DisputeStatus.WARNING_NEEDS_RESPONSE;
      case REVERSAL -> DisputeStatus.REVERSED;
    };
  }
}
