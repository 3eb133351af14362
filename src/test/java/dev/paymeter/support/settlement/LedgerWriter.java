package dev.paymeter.support.settlement;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.paymeter.support.ledger.TestPostgres;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Inserts a history into a ledger, as if an instance had processed and counted it. Refunds and
 * disputes have their business events.
 */
public final class LedgerWriter {
  /** The instance that has counted all rows, in its first segment. */
  public static final String INSTANCE = "settled-1";

  private static final String ACCOUNT = "acct_settled";
  private static final String PUBLISHER = "paymeter";
  private static final int BATCH_SIZE = 1000;
  private static final Duration GATEWAY_TIMEOUT = Duration.ofSeconds(10);

  private final SettlementScenario scenario;
  private final Map<UUID, LedgerPayment> payments = new HashMap<>();

  /** The sums of each payment's refunds, in its currency and in US dollars. */
  private final Map<UUID, Refunded> refunded = new HashMap<>();

  /** The part of each refund in the sum in US dollars. */
  private final Map<UUID, BigDecimal> refundsUsd = new HashMap<>();

  private LedgerWriter(SettlementScenario scenario) {
    this.scenario = scenario;
    scenario.payments().forEach(payment -> payments.put(payment.id(), payment));
    scenario.refunds().forEach(this::sum);
  }

  private record Refunded(BigDecimal amount, BigDecimal usd) {
    static final Refunded NOTHING = new Refunded(BigDecimal.ZERO, BigDecimal.ZERO);
  }

  /** A row by its columns. Rows of a table have the same columns. */
  private static final class Row {
    final Map<String, @Nullable Object> values = new LinkedHashMap<>();

    Row with(String column, @Nullable Object value) {
      values.put(column, value instanceof Instant time ? time.atOffset(ZoneOffset.UTC) : value);
      return this;
    }

    /** Names the segment in which the row was counted. */
    Row counted() {
      return counted(true);
    }

    Row counted(boolean isCounted) {
      return with("instance_id", isCounted ? INSTANCE : null)
          .with("epoch", isCounted ? 1 : null)
          .with("segment", isCounted ? 1 : null);
    }

    Row converted(BigDecimal amountUsd, String currency) {
      return with("amount_usd", amountUsd)
          .with("fx_rate", Rates.usd(currency))
          .with("fx_date", LocalDate.parse(Rates.DATE));
    }
  }

  /**
   * Inserts all of a history, or nothing.
   *
   * @param url of a database with the ledger's schema
   */
  public static void insert(String url, SettlementScenario scenario) {
    try (Connection connection = TestPostgres.connect(url)) {
      connection.setAutoCommit(false);
      new LedgerWriter(scenario).insert(connection);
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  private void insert(Connection connection) throws SQLException {
    insert(connection, "gateway_accounts", Stream.of(account()));
    insert(connection, "payments", scenario.payments().stream().map(this::payment));
    insert(connection, "refunds", scenario.refunds().stream().map(this::refund));
    insert(connection, "disputes", scenario.disputes().stream().map(LedgerWriter::dispute));
    insert(
        connection,
        "dispute_fees",
        scenario.disputes().stream()
            .filter(dispute -> dispute.fee() != null)
            .map(LedgerWriter::disputeFee));
    insert(
        connection,
        "business_events",
        Stream.concat(
            scenario.refunds().stream().flatMap(this::events),
            scenario.disputes().stream().flatMap(LedgerWriter::events)));
  }

  private static void insert(Connection connection, String table, Stream<Row> rows)
      throws SQLException {
    Iterator<Row> all = rows.iterator();
    if (!all.hasNext()) {
      return;
    }
    Row row = all.next();
    String sql =
        "insert into %s (%s) values (%s)"
            .formatted(
                table,
                String.join(", ", row.values.keySet()),
                String.join(", ", Collections.nCopies(row.values.size(), "?")));
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int number = 1; ; number++) {
        int parameter = 1;
        for (Object value : row.values.values()) {
          statement.setObject(parameter++, value);
        }
        statement.addBatch();
        if (number % BATCH_SIZE == 0 || !all.hasNext()) {
          statement.executeBatch();
        }
        if (!all.hasNext()) {
          return;
        }
        row = all.next();
      }
    }
  }

  private Row account() {
    return new Row()
        .with("instance_id", INSTANCE)
        .with("gateway", scenario.plan().gateway())
        .with("account", ACCOUNT)
        .with("is_simulated", false);
  }

  private Row payment(LedgerPayment payment) {
    String status = payment.status();
    boolean isFailed = status.equals("failed");
    boolean isPending = status.equals("pending");
    boolean isUnknown = status.equals("unknown");
    boolean isAuthorized = payment.authorizedAmount() != null;
    Refunded refunds = refunded.getOrDefault(payment.id(), Refunded.NOTHING);
    return new Row()
        .with("id", payment.id())
        .with("status", status)
        .with("order_id", "order-" + payment.id())
        .with("user_id", "user-" + Math.floorMod(payment.id().hashCode(), 100))
        .with("amount", payment.amount())
        .with("currency", payment.currency())
        .converted(usd(payment.amount(), payment.currency()), payment.currency())
        .with("user_tier", "basic")
        .with("payment_method", "credit_card")
        .with("gateway", payment.gateway())
        .with("gateway_key", payment.gatewayKey())
        .with("created_at", payment.createdAt())
        .with("account", ACCOUNT)
        .with("capture", isAuthorized ? "manual" : "automatic")
        .with("inserted_by", isPending ? INSTANCE : null)
        .with("inserted_epoch", isPending ? 1 : null)
        .with("unknown_since", payment.unknownSince())
        .with("next_inquiry", isUnknown ? payment.unknownSince() : null)
        .with("authorized_amount", payment.authorizedAmount())
        .with("authorization_reference", isAuthorized ? "auth_" + payment.id() : null)
        .with(
            "authorization_expires_at",
            isAuthorized ? payment.createdAt().plus(Duration.ofDays(7)) : null)
        .with("void_reason", status.equals("voided") ? "requested" : null)
        .with("duration_us", isPending ? null : duration(payment.createdAt(), payment.settledAt()))
        .with("settled_at", payment.settledAt())
        .with("error_type", isFailed ? "PaymentGatewayException" : null)
        .with("error_code", isFailed ? "card_declined" : null)
        .with("error_message", isFailed ? "the card was declined" : null)
        .counted(payment.settledAt() != null)
        .with("refund_reserved", refunds.amount())
        .with("refunded", refunds.amount())
        .with("refunded_usd", refunds.usd());
  }

  private Row refund(LedgerRefund refund) {
    boolean isFailed = refund.status().equals("failed");
    boolean isFailedLater = refund.failedAt() != null;
    return new Row()
        .with("id", refund.id())
        .with("payment_id", refund.paymentId())
        .with("status", refund.status())
        .with("amount", refund.amount())
        .with("amount_usd", refundsUsd.get(refund.id()))
        .with("created_at", refund.createdAt())
        .with("gateway_key", refund.gatewayKey())
        .with("inserted_by", INSTANCE)
        .with("inserted_epoch", 1)
        .with("duration_us", duration(refund.createdAt(), refund.settledAt()))
        .with("settled_at", refund.settledAt())
        .with("error_type", isFailed ? "PaymentGatewayException" : null)
        .with("error_code", isFailed ? "refund_failed" : null)
        .with("error_message", isFailed ? "the refund failed" : null)
        .counted()
        .with("failed_at", refund.failedAt())
        .with("failure_type", isFailedLater ? "PaymentGatewayException" : null)
        .with("failure_code", isFailedLater ? "refund_failed" : null)
        .with("failure_message", isFailedLater ? "the account is closed" : null)
        .with("failure_instance_id", isFailedLater ? INSTANCE : null)
        .with("failure_epoch", isFailedLater ? 1 : null)
        .with("failure_segment", isFailedLater ? 1 : null);
  }

  private static Row dispute(LedgerDispute dispute) {
    return new Row()
        .with("id", dispute.id())
        .with("payment_id", dispute.paymentId())
        .with("account", ACCOUNT)
        .with("reference", dispute.reference())
        .with("status", dispute.status())
        .with("amount", dispute.amount())
        .with("currency", dispute.currency())
        .converted(usd(dispute.amount(), dispute.currency()), dispute.currency())
        .with("fee", dispute.fee())
        .with("fee_currency", dispute.fee() == null ? null : dispute.currency())
        .with("created_at", dispute.createdAt())
        .with("changed_at", dispute.changedAt())
        .with("version", 1);
  }

  private static Row disputeFee(LedgerDispute dispute) {
    BigDecimal fee = dispute.fee();
    return new Row()
        .with("dispute_id", dispute.id())
        .with("version", 1)
        .with("fee", fee)
        .with("currency", dispute.currency())
        .with("fee_usd", fee == null ? null : usd(fee, dispute.currency()))
        .with("recorded_at", openedAt(dispute))
        .with("receipt", dispute.id())
        .counted();
  }

  private Stream<Row> events(LedgerRefund refund) {
    if (!refund.status().equals("success")) {
      return Stream.empty();
    }
    String currency = payments.get(refund.paymentId()).currency();
    BigDecimal usd = refundsUsd.get(refund.id());
    Row success =
        event(refund.id().toString(), "refund", refund.amount(), usd, currency, refund.settledAt());
    Instant failedAt = refund.failedAt();
    if (failedAt == null) {
      return Stream.of(success);
    }
    String id = UUID.nameUUIDFromBytes(refund.reference().getBytes(UTF_8)).toString();
    return Stream.of(success, event(id, "refund_failed", refund.amount(), usd, currency, failedAt));
  }

  private static Stream<Row> events(LedgerDispute dispute) {
    if (!dispute.hasWithdrawn()) {
      return Stream.empty();
    }
    Row opened = event(dispute, "dispute_opened", openedAt(dispute));
    return switch (dispute.status()) {
      case "won", "lost" ->
          Stream.of(opened, event(dispute, "dispute_" + dispute.status(), dispute.changedAt()));
      default -> Stream.of(opened);
    };
  }

  /** Returns when the ledger stored that a dispute was opened: seconds after it was. */
  private static Instant openedAt(LedgerDispute dispute) {
    return dispute.createdAt().plusSeconds(5);
  }

  private static Row event(LedgerDispute dispute, String event, Instant at) {
    return event(
        dispute.id() + "/" + event,
        event,
        dispute.amount(),
        usd(dispute.amount(), dispute.currency()),
        dispute.currency(),
        at);
  }

  private static Row event(
      String id, String event, BigDecimal amount, BigDecimal usd, String currency, Instant at) {
    return new Row()
        .with("publisher", PUBLISHER)
        .with("id", id)
        .with("event", event)
        .with("label", event)
        .with("amount", amount)
        .with("currency", currency)
        .converted(usd, currency)
        .with("recorded_at", at)
        .with("receipt", UUID.nameUUIDFromBytes(id.getBytes(UTF_8)))
        .counted();
  }

  /** Adds a refund to the sums of its payment, which are converted as a whole. */
  private void sum(LedgerRefund refund) {
    LedgerPayment payment = payments.get(refund.paymentId());
    if (refund.status().equals("failed") || refund.failedAt() != null) {
      refundsUsd.put(refund.id(), usd(refund.amount(), payment.currency()));
      return;
    }
    Refunded before = refunded.getOrDefault(payment.id(), Refunded.NOTHING);
    BigDecimal amount = before.amount().add(refund.amount());
    BigDecimal usd = usd(amount, payment.currency());
    refundsUsd.put(refund.id(), usd.subtract(before.usd()));
    refunded.put(payment.id(), new Refunded(amount, usd));
  }

  private static BigDecimal usd(BigDecimal amount, String currency) {
    return amount.multiply(Rates.usd(currency)).setScale(2, RoundingMode.HALF_EVEN);
  }

  /** Returns microseconds to the response, or to the timeout. */
  private static long duration(Instant createdAt, @Nullable Instant settledAt) {
    Duration waited = settledAt == null ? GATEWAY_TIMEOUT : Duration.between(createdAt, settledAt);
    return (waited.compareTo(GATEWAY_TIMEOUT) < 0 ? waited : GATEWAY_TIMEOUT).toNanos() / 1000;
  }
}
