package dev.paymeter.bus.report;

import static java.util.Objects.requireNonNull;

import dev.paymeter.json.AmountRules;
import dev.paymeter.json.JsonFieldReader;
import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.report.ErrorReport;
import dev.paymeter.report.EventReport;
import dev.paymeter.report.PaymentReport;
import dev.paymeter.report.ReportMetrics.Reported;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Readers of all kinds of reports. Immutable; safe from any thread. */
public record ReportReaders(
    ReportReader<EventReport> events,
    ReportReader<ErrorReport> errors,
    ReportReader<PaymentReport> payments) {
  private static final String KIND = "kind";

  static final String OPERATION = "operation";

  public enum Kind {
    EVENT("event", Reported.EVENT),
    ERROR("error", Reported.ERROR),
    PAYMENT("payment", Reported.PAYMENT),
    OPERATION(ReportReaders.OPERATION, Reported.OPERATION),
    CONNECTIONS("connections", null);

    private final String word;

    /** Kind under which reports are counted; null for connections, which are gauges. */
    final @Nullable Reported reported;

    Kind(String word, @Nullable Reported reported) {
      this.word = word;
      this.reported = reported;
    }
  }

  /**
   * @param amounts limits of the amounts of events and payments
   * @param clock payments settled later than its time, plus a tolerance, are rejected
   */
  public ReportReaders(
      AllowedValues allowedValues, String defaultCurrency, AmountRules amounts, Clock clock) {
    this(
        new ReportReader<>(
            new EventSchema(allowedValues.currencies(), defaultCurrency, amounts).schema()),
        new ReportReader<>(ErrorSchema.SCHEMA),
        new ReportReader<>(
            new PaymentSchema(allowedValues, defaultCurrency, amounts, clock).schema()));
  }

  /**
   * Returns the kind of a message.
   *
   * @throws RequestRejectedException if it is not an object or has no valid kind
   */
  public static Kind kind(@Nullable Object body) {
    return kind(new JsonFieldReader(object(body)), List.of(Kind.values()));
  }

  /**
   * Returns the kind of a message on an address with a single kind, which may be omitted.
   *
   * @throws RequestRejectedException if it is not an object or has another kind
   */
  static Kind kind(@Nullable Object body, Kind only) {
    JsonFieldReader fields = new JsonFieldReader(object(body));
    return fields.has(KIND) ? kind(fields, List.of(only)) : only;
  }

  private static JsonObject object(@Nullable Object body) {
    if (!(body instanceof JsonObject json)) {
      throw notAnObject(body == null ? "nothing" : body.getClass().getSimpleName());
    }
    return json;
  }

  private static Kind kind(JsonFieldReader fields, List<Kind> known) {
    String word = fields.choice(KIND, known.stream().map(kind -> kind.word).toList());
    fields.check();
    return known.stream()
        .filter(kind -> kind.word.equals(requireNonNull(word)))
        .findFirst()
        .orElseThrow();
  }

  static RequestRejectedException notAnObject(String actual) {
    return RequestRejectedException.invalid(
        List.of(new FieldError("body", "a JSON object", actual)));
  }

  /** Decodes a message's body if it is a buffer. */
  static @Nullable Object json(@Nullable Object body) {
    if (!(body instanceof Buffer bytes)) {
      return body;
    }
    try {
      return bytes.toJsonObject();
    } catch (DecodeException | ClassCastException e) {
      throw notAnObject("bytes of something else");
    }
  }
}
