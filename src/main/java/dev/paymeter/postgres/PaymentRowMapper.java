package dev.paymeter.postgres;

import dev.paymeter.payment.Authorization;
import dev.paymeter.payment.CaptureMode;
import dev.paymeter.payment.ExchangeRates;
import dev.paymeter.payment.GatewayKey;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.NextAction;
import dev.paymeter.payment.OrderDetails;
import dev.paymeter.payment.PayerAction;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.PaymentToken;
import dev.paymeter.payment.ReturnAddress;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.VoidReason;
import dev.paymeter.payment.port.IdempotencyRecord;
import dev.paymeter.report.ErrorReport;
import dev.paymeter.report.EventReport;
import dev.paymeter.report.PaymentReport;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads rows of payments, and converts single values to parameters. */
final class PaymentRowMapper {
  /** The columns that {@link #read} reads, and those that limit refunds. */
  private static final List<String> NAMES =
      List.of(
          "id",
          "status",
          "order_id",
          "user_id",
          "amount",
          "currency",
          "amount_usd",
          "fx_rate",
          "fx_date",
          "user_tier",
          "payment_method",
          "gateway",
          "created_at",
          "account",
          "unknown_since",
          "duration_us",
          "settled_at",
          "error_type",
          "error_code",
          "error_message",
          "segment",
          "manual_settlement",
          "source",
          "source_id",
          "refund_reserved",
          "refunded",
          "gateway_key",
          "merchant",
          "customer",
          "description",
          "metadata",
          "token_hash",
          "capture",
          "return_url",
          "created_by",
          "action_expires_at",
          "action",
          "action_secret",
          "authorized_amount",
          "authorization_reference",
          "authorization_expires_at",
          "step",
          "step_id",
          "step_amount",
          "void_reason",
          "dispute_status");

  /** Columns of the origin of a payment p. */
  static final String ORIGIN_COLUMNS = "p.inserted_by, k.owner, k.route, k.key, k.fingerprint";

  /** Joins the idempotency record of a payment p, if there is one. */
  static final String ORIGIN_JOIN =
      " left join idempotency_keys k on k.payment_id = p.id and k.refund_id is null"
          + " and k.step_id is null";

  static final String FIND = "select %s from payments p where p.id = $1".formatted(columns("p"));

  private PaymentRowMapper() {}

  /**
   * Returns the columns of a payment, for a statement. Statements name their columns, so that they
   * can still run when a migration adds one.
   */
  static String columns(String table) {
    return columns(NAMES, table);
  }

  static String columns(List<String> names, String table) {
    return names.stream().map(name -> table + "." + name).collect(Collectors.joining(", "));
  }

  static Future<Optional<Payment>> find(StatementExecutor statementExecutor, UUID id) {
    return statementExecutor.first(FIND, Tuple.of(id), PaymentRowMapper::read);
  }

  static Tuple keyParameters(IdempotencyKey key) {
    return Tuple.of(key.owner(), key.route(), key.key());
  }

  /** Returns the labels of the statuses that a payment may have before a status. */
  static String[] statusesBefore(PaymentStatus status) {
    return status.predecessors().stream().map(PaymentStatus::label).toArray(String[]::new);
  }

  static long micros(Duration duration) {
    return duration.toNanos() / 1000;
  }

  static boolean matches(Row row, PaymentReport report) {
    Payment.Settlement settlement = Objects.requireNonNull(settlement(row, ""));
    Instant settledAt =
        report.settledAt() == null ? instant(row, "recorded_at") : report.settledAt();
    return order(row).equals(report.order())
        && settlement.equals(
            new Payment.Settlement(
                report.duration(), settledAt, report.error(), settlement.segment()));
  }

  static boolean matches(Row row, ErrorReport report) {
    return row.getString("service").equals(report.service())
        && row.getString("error_type").equals(report.errorType())
        && row.getString("severity").equals(report.severity().label());
  }

  static boolean matches(Row row, EventReport report) {
    return row.getString("event").equals(report.event())
        && row.getString("currency").equals(currency(report.amount()))
        && row.getBigDecimal("amount").compareTo(report.amount().amount()) == 0;
  }

  static String currency(Money amount) {
    return amount.currency().getCurrencyCode();
  }

  static Payment read(Row row) {
    return new Payment(
        row.getUUID("id"),
        order(row).withDetails(details(row)),
        row.getBigDecimal("amount_usd"),
        new ExchangeRates.Rate(row.getBigDecimal("fx_rate"), row.getLocalDate("fx_date")),
        instant(row, "created_at"),
        row.getString("account"),
        unknownOutcome(row, ""),
        settlement(row),
        source(row),
        Money.of(row.getBigDecimal("refunded"), Currency.getInstance(row.getString("currency"))),
        GatewayKey.of(gatewayKey(row, "")),
        row.getString("merchant"),
        authorization(row),
        action(row),
        disputeStatus(row));
  }

  private static @Nullable PaymentStatus disputeStatus(Row row) {
    String status = row.getString("dispute_status");
    return status == null ? null : PaymentStatus.of(status);
  }

  private static @Nullable PayerAction action(Row row) {
    String secret = row.getString("action_secret");
    return row.getValue("action_expires_at") == null
        ? null
        : new PayerAction(
            duration(row, ""),
            instant(row, "action_expires_at"),
            secret == null
                ? null
                : new NextAction(NextAction.Kind.of(row.getString("action")), secret));
  }

  private static @Nullable Authorization authorization(Row row) {
    BigDecimal amount = row.getBigDecimal("authorized_amount");
    return amount == null
        ? null
        : new Authorization(
            Money.of(amount, Currency.getInstance(row.getString("currency"))),
            row.getString("authorization_reference"),
            duration(row, ""),
            instant(row, "authorization_expires_at"),
            step(row),
            row.getString("status").equals("voided")
                ? VoidReason.of(row.getString("void_reason"))
                : null);
  }

  private static Authorization.@Nullable Step step(Row row) {
    String kind = row.getString("step");
    String reason = row.getString("void_reason");
    return kind == null
        ? null
        : new Authorization.Step(
            row.getUUID("step_id"),
            Authorization.Kind.of(kind),
            Money.of(
                row.getBigDecimal("step_amount"), Currency.getInstance(row.getString("currency"))),
            reason == null ? null : VoidReason.of(reason),
            false);
  }

  /** Reads a payment with the origin of its gateway key. */
  static Payment readWithOrigin(Row row) {
    Payment payment = read(row);
    String instanceId = row.getString("inserted_by");
    return instanceId == null
        ? payment
        : payment.withGatewayKey(
            new GatewayKey(
                payment.gatewayKey().id(), new GatewayKey.Origin(instanceId, idempotencyKey(row))));
  }

  private static @Nullable IdempotencyKey idempotencyKey(Row row) {
    String owner = row.getString("owner");
    return owner == null
        ? null
        : new IdempotencyKey(
            owner, row.getString("route"), row.getString("key"), row.getString("fingerprint"));
  }

  /**
   * @param prefix prefix of the column names
   */
  static UUID gatewayKey(Row row, String prefix) {
    UUID derived = row.getUUID(prefix + "gateway_key");
    return derived == null ? row.getUUID(prefix + "id") : derived;
  }

  /** Returns the gateway key for its column; null if it is the transfer's id. */
  static @Nullable UUID derivedKey(Transfer<?> transfer) {
    UUID key = transfer.gatewayKey().id();
    return key.equals(transfer.id()) ? null : key;
  }

  private static PaymentOrder order(Row row) {
    return new PaymentOrder(
        row.getString("order_id"),
        row.getString("user_id"),
        Money.of(row.getBigDecimal("amount"), Currency.getInstance(row.getString("currency"))),
        row.getString("user_tier"),
        row.getString("payment_method"),
        row.getString("gateway"));
  }

  private static OrderDetails details(Row row) {
    String customer = row.getString("customer");
    String description = row.getString("description");
    JsonObject metadata = row.getJsonObject("metadata");
    String tokenHash = row.getString("token_hash");
    OrderDetails details =
        customer == null && description == null && metadata == null && tokenHash == null
            ? OrderDetails.NONE
            : new OrderDetails(
                tokenHash == null ? null : PaymentToken.ofHash(tokenHash),
                customer,
                description,
                metadata == null ? Map.of() : texts(metadata));
    String returnUrl = row.getString("return_url");
    OrderDetails complete =
        returnUrl == null
            ? details
            : details.withReturnAddress(new ReturnAddress(returnUrl, row.getString("created_by")));
    return row.getString("capture").equals(CaptureMode.MANUAL.label())
        ? complete.withCapture(CaptureMode.MANUAL)
        : complete;
  }

  private static Map<String, String> texts(JsonObject metadata) {
    return metadata.stream()
        .collect(Collectors.toMap(Map.Entry::getKey, entry -> (String) entry.getValue()));
  }

  private static Payment.@Nullable Source source(Row row) {
    String publisher = row.getString("source");
    return publisher == null ? null : new Payment.Source(publisher, row.getString("source_id"));
  }

  private static Payment.@Nullable Settlement settlement(Row row) {
    Payment.Settlement settlement = settlement(row, "");
    UUID manual = row.getUUID("manual_settlement");
    return settlement == null || manual == null
        ? settlement
        : new Payment.Settlement(
            settlement.duration(),
            settlement.at(),
            settlement.error(),
            settlement.segment(),
            manual);
  }

  /**
   * @param prefix prefix of the column names
   */
  static Payment.@Nullable Settlement settlement(Row row, String prefix) {
    if (row.getOffsetDateTime(prefix + "settled_at") == null) {
      return null;
    }
    String errorType = row.getString(prefix + "error_type");
    return new Payment.Settlement(
        duration(row, prefix),
        instant(row, prefix + "settled_at"),
        errorType == null
            ? null
            : PaymentException.of(
                errorType,
                row.getString(prefix + "error_code"),
                row.getString(prefix + "error_message")),
        row.getInteger(prefix + "segment"));
  }

  /**
   * @param prefix prefix of the column names
   */
  static Payment.@Nullable UnknownOutcome unknownOutcome(Row row, String prefix) {
    return row.getOffsetDateTime(prefix + "unknown_since") == null
        ? null
        : new Payment.UnknownOutcome(duration(row, prefix), instant(row, prefix + "unknown_since"));
  }

  private static Duration duration(Row row, String prefix) {
    return Duration.of(row.getLong(prefix + "duration_us"), ChronoUnit.MICROS);
  }

  static <T extends Transfer<T>> IdempotencyRecord<T> idempotencyRecord(
      Row row, Function<Row, T> read) {
    return new IdempotencyRecord<>(
        Optional.of(read.apply(row)), row.getString("fingerprint"), row.getBoolean("in_flight"));
  }

  static Instant instant(Row row, String column) {
    return row.getOffsetDateTime(column).toInstant();
  }

  static OffsetDateTime utc(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }
}
