package dev.paymeter.ledger;

import dev.paymeter.payments.BusinessEvent;
import dev.paymeter.payments.Change;
import dev.paymeter.payments.ErrorReport;
import dev.paymeter.payments.EventReport;
import dev.paymeter.payments.IdempotencyKey;
import dev.paymeter.payments.Inquiries.Inquiry;
import dev.paymeter.payments.Inquiries.Unknown;
import dev.paymeter.payments.Kept;
import dev.paymeter.payments.Money;
import dev.paymeter.payments.Payment;
import dev.paymeter.payments.PaymentException;
import dev.paymeter.payments.PaymentOrder;
import dev.paymeter.payments.PaymentReport;
import dev.paymeter.payments.PaymentStatus;
import dev.paymeter.payments.Rates;
import dev.paymeter.payments.RecordedPayment;
import dev.paymeter.payments.ReportedError;
import dev.paymeter.payments.Transfer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Currency;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Payments to statement parameters, and rows back to payments. */
final class Rows {
  private Rows() {}

  static Tuple open(Payment payment, Identity identity) {
    PaymentOrder order = payment.order();
    return Tuple.of(
        payment.id(),
        order.orderId(),
        order.userId(),
        order.amount().amount(),
        currency(order.amount()),
        payment.amountUsd(),
        payment.rate().usd(),
        payment.rate().date(),
        order.tier(),
        order.method(),
        order.gateway(),
        utc(payment.createdAt()),
        identity.instanceId(),
        identity.epoch());
  }

  static Tuple open(KeyedOpenings.Opening opening, Identity identity) {
    IdempotencyKey key = opening.key();
    return open(opening.pending(), identity)
        .addValue(key.credential())
        .addValue(key.route())
        .addValue(key.key())
        .addValue(key.fingerprint());
  }

  /** Column by column. */
  static Tuple open(List<Payment> payments, Identity identity) {
    List<PaymentOrder> orders = payments.stream().map(Payment::order).toList();
    return Tuple.of(
            column(payments, UUID[]::new, Payment::id),
            column(orders, String[]::new, PaymentOrder::orderId),
            column(orders, String[]::new, PaymentOrder::userId),
            column(orders, BigDecimal[]::new, order -> order.amount().amount()),
            column(orders, String[]::new, order -> currency(order.amount())),
            column(payments, BigDecimal[]::new, Payment::amountUsd))
        .addValue(column(payments, BigDecimal[]::new, payment -> payment.rate().usd()))
        .addValue(column(payments, LocalDate[]::new, payment -> payment.rate().date()))
        .addValue(column(orders, String[]::new, PaymentOrder::tier))
        .addValue(column(orders, String[]::new, PaymentOrder::method))
        .addValue(column(orders, String[]::new, PaymentOrder::gateway))
        .addValue(column(payments, OffsetDateTime[]::new, payment -> utc(payment.createdAt())))
        .addValue(identity.instanceId())
        .addValue(identity.epoch());
  }

  /** Column by column. */
  static Tuple openKeyed(List<KeyedOpenings.Opening> openings, Identity identity) {
    List<IdempotencyKey> keys = openings.stream().map(KeyedOpenings.Opening::key).toList();
    return open(openings.stream().map(KeyedOpenings.Opening::pending).toList(), identity)
        .addValue(column(keys, String[]::new, IdempotencyKey::credential))
        .addValue(column(keys, String[]::new, IdempotencyKey::route))
        .addValue(column(keys, String[]::new, IdempotencyKey::key))
        .addValue(column(keys, String[]::new, IdempotencyKey::fingerprint));
  }

  static Tuple doubt(Payment payment, Payment.Doubt why) {
    return Tuple.of(
        payment.id(),
        payment.status().label(),
        micros(why.duration()),
        utc(why.since()),
        before(payment.status()));
  }

  /** The words of what a payment may have been before. */
  static String[] before(PaymentStatus status) {
    return status.before().stream().map(PaymentStatus::label).toArray(String[]::new);
  }

  static long micros(Duration duration) {
    return duration.toNanos() / 1000;
  }

  static Tuple settle(Payment payment, Identity identity) {
    Payment.Settlement how = payment.settled().orElseThrow();
    return Tuple.of(
        payment.id(),
        payment.status().label(),
        micros(how.duration()),
        utc(how.at()),
        errorType(payment),
        errorMessage(payment),
        identity.instanceId(),
        identity.epoch(),
        how.page(),
        before(payment.status()));
  }

  /** Column by column. */
  static Tuple settle(List<Payment> payments, Identity identity) {
    List<Payment.Settlement> ends =
        payments.stream().map(payment -> payment.settled().orElseThrow()).toList();
    return Tuple.of(
            column(payments, UUID[]::new, Payment::id),
            column(payments, String[]::new, payment -> payment.status().label()),
            column(ends, Long[]::new, how -> micros(how.duration())),
            column(ends, OffsetDateTime[]::new, how -> utc(how.at())),
            column(payments, String[]::new, Rows::errorType),
            column(payments, String[]::new, Rows::errorMessage))
        .addValue(identity.instanceId())
        .addValue(identity.epoch())
        .addValue(column(ends, Integer[]::new, Payment.Settlement::page))
        .addValue(
            column(payments, String[]::new, payment -> String.join(",", before(payment.status()))));
  }

  /** Column by column. */
  static Tuple recordEvents(List<BusinessEvent> events, Identity identity) {
    return Tuple.of(
            events.get(0).report().publisher(),
            column(events, String[]::new, event -> event.report().id()),
            column(events, String[]::new, event -> event.report().event()),
            column(events, String[]::new, BusinessEvent::label),
            column(events, BigDecimal[]::new, event -> event.report().amount().amount()),
            column(events, String[]::new, event -> currency(event.report().amount())))
        .addValue(column(events, BigDecimal[]::new, BusinessEvent::amountUsd))
        .addValue(column(events, BigDecimal[]::new, event -> event.rate().usd()))
        .addValue(column(events, LocalDate[]::new, event -> event.rate().date()))
        .addValue(column(events, OffsetDateTime[]::new, event -> utc(event.recordedAt())))
        .addValue(column(events, UUID[]::new, BusinessEvent::receipt))
        .addValue(identity.instanceId())
        .addValue(identity.epoch())
        .addValue(events.get(0).page());
  }

  /** Column by column. */
  static Tuple recordErrors(List<ReportedError> errors, Identity identity) {
    return Tuple.of(
            errors.get(0).report().publisher(),
            column(errors, String[]::new, error -> error.report().id()),
            column(errors, String[]::new, error -> error.report().service()),
            column(errors, String[]::new, error -> error.report().errorType()),
            column(errors, String[]::new, error -> error.report().severity().label()),
            column(errors, String[]::new, ReportedError::service))
        .addValue(column(errors, String[]::new, ReportedError::errorType))
        .addValue(column(errors, OffsetDateTime[]::new, error -> utc(error.recordedAt())))
        .addValue(column(errors, UUID[]::new, ReportedError::receipt))
        .addValue(identity.instanceId())
        .addValue(identity.epoch())
        .addValue(errors.get(0).page());
  }

  /** Column by column. */
  static Tuple recordPayments(List<RecordedPayment> payments, Identity identity) {
    List<Payment> rows = payments.stream().map(RecordedPayment::payment).toList();
    List<Payment.Settlement> ends = rows.stream().map(row -> row.settled().orElseThrow()).toList();
    return Tuple.of(
            payments.get(0).report().publisher(),
            column(rows, UUID[]::new, Payment::id),
            column(payments, String[]::new, payment -> payment.report().id()),
            column(rows, String[]::new, row -> row.order().orderId()),
            column(rows, String[]::new, row -> row.order().userId()),
            column(rows, BigDecimal[]::new, row -> row.order().amount().amount()))
        .addValue(column(rows, String[]::new, row -> currency(row.order().amount())))
        .addValue(column(rows, BigDecimal[]::new, Payment::amountUsd))
        .addValue(column(rows, BigDecimal[]::new, row -> row.rate().usd()))
        .addValue(column(rows, LocalDate[]::new, row -> row.rate().date()))
        .addValue(column(rows, String[]::new, row -> row.order().tier()))
        .addValue(column(rows, String[]::new, row -> row.order().method()))
        .addValue(column(rows, String[]::new, row -> row.order().gateway()))
        .addValue(column(rows, OffsetDateTime[]::new, row -> utc(row.createdAt())))
        .addValue(column(ends, Long[]::new, how -> micros(how.duration())))
        .addValue(column(ends, OffsetDateTime[]::new, how -> utc(how.at())))
        .addValue(column(rows, String[]::new, row -> errorType(row)))
        .addValue(column(rows, String[]::new, row -> errorMessage(row)))
        .addValue(column(payments, OffsetDateTime[]::new, row -> utc(row.recordedAt())))
        .addValue(identity.instanceId())
        .addValue(identity.epoch())
        .addValue(ends.get(0).page());
  }

  private static @Nullable String errorType(Payment payment) {
    return payment.error().map(PaymentException::type).orElse(null);
  }

  private static @Nullable String errorMessage(Payment payment) {
    return payment.error().map(PaymentException::reason).orElse(null);
  }

  /** Whether a row says the same as a report. */
  static boolean isAlike(Row row, PaymentReport report) {
    Payment.Settlement how = Objects.requireNonNull(settlement(row));
    Instant said = report.settledAt() == null ? instant(row, "recorded_at") : report.settledAt();
    return order(row).equals(report.order())
        && how.duration().equals(report.duration())
        && Objects.equals(how.error(), report.error())
        && how.at().equals(said);
  }

  /** Whether a row says the same as a report. */
  static boolean isAlike(Row row, ErrorReport report) {
    return row.getString("service").equals(report.service())
        && row.getString("error_type").equals(report.errorType())
        && row.getString("severity").equals(report.severity().label());
  }

  private static <E, C> C[] column(List<E> entries, IntFunction<C[]> array, Function<E, C> value) {
    return entries.stream().map(value).toArray(array);
  }

  /** Whether a row says the same as a report. */
  static boolean isAlike(Row row, EventReport report) {
    return row.getString("event").equals(report.event())
        && row.getString("currency").equals(currency(report.amount()))
        && row.getBigDecimal("amount").compareTo(report.amount().amount()) == 0;
  }

  private static String currency(Money amount) {
    return amount.currency().getCurrencyCode();
  }

  static Payment read(Row row) {
    return new Payment(
        row.getUUID("id"),
        order(row),
        row.getBigDecimal("amount_usd"),
        new Rates.Rate(row.getBigDecimal("fx_rate"), row.getLocalDate("fx_date")),
        instant(row, "created_at"),
        doubt(row),
        settlement(row),
        source(row),
        Money.of(row.getBigDecimal("refunded"), Currency.getInstance(row.getString("currency"))));
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

  private static Payment.@Nullable Source source(Row row) {
    String publisher = row.getString("source");
    return publisher == null ? null : new Payment.Source(publisher, row.getString("source_id"));
  }

  private static Payment.@Nullable Settlement settlement(Row row) {
    if (!PaymentStatus.of(row.getString("status")).isSettled()) {
      return null;
    }
    String errorType = row.getString("error_type");
    return new Payment.Settlement(
        duration(row),
        instant(row, "settled_at"),
        errorType == null ? null : PaymentException.of(errorType, row.getString("error_message")),
        row.getInteger("segment"));
  }

  private static Payment.@Nullable Doubt doubt(Row row) {
    return row.getOffsetDateTime("unknown_since") == null
        ? null
        : new Payment.Doubt(duration(row), instant(row, "unknown_since"));
  }

  private static Duration duration(Row row) {
    return Duration.of(row.getLong("duration_us"), ChronoUnit.MICROS);
  }

  static Inquiry<Payment> inquiry(Row row) {
    return new Inquiry<>(read(row), row.getInteger("inquiries"));
  }

  /** What stands under an idempotency key. */
  static <T extends Transfer<T>> Kept<T> kept(Row row, Function<Row, T> read) {
    return new Kept<>(
        Optional.of(read.apply(row)), row.getString("fingerprint"), row.getBoolean("in_flight"));
  }

  static Change change(Row row) {
    String status = row.getString("then_status");
    String gateway = row.getString("then_gateway");
    return new Change(
        position(row),
        row.getUUID("payment_id"),
        status,
        gateway,
        instant(row, "then_at"),
        row.getUUID("id") == null
            ? null
            : read(row)
                .asItStood(PaymentStatus.of(status), gateway, row.getBigDecimal("then_refunded")));
  }

  static Change.Position position(Row row) {
    return new Change.Position(
        Long.parseLong(row.getString("then_xid")), row.getLong("then_number"));
  }

  static Unknown unknown(Row row) {
    return new Unknown(
        row.getString("gateway"),
        row.getLong("count"),
        instant(row, "oldest"),
        row.getBigDecimal("usd"));
  }

  static Duration age(Row row) {
    return Duration.ofMillis(row.getLong("millis"));
  }

  static Instant instant(Row row, String column) {
    return row.getOffsetDateTime(column).toInstant();
  }

  static OffsetDateTime utc(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }
}
