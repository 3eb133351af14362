package dev.paymeter.bus.report;

import static java.util.Objects.requireNonNull;

import dev.paymeter.json.JsonFieldReader;
import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.ExchangeRates;
import dev.paymeter.payment.RequestRefusedException;
import dev.paymeter.payment.RequestRefusedException.Fault;
import dev.paymeter.report.ErrorReport;
import dev.paymeter.report.EventReport;
import dev.paymeter.report.PaymentReport;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what others report as observations. Immutable; safe from any thread. */
public final class ReportReaders {
  private static final String KIND = "kind";

  /** The kind of operations, as a word. */
  static final String OPERATION = "operation";

  private final ReportReader<EventReport> events;
  private final ReportReader<ErrorReport> errors = new ReportReader<>(new ErrorSchema());
  private final ReportReader<PaymentReport> payments;

  /** What a message is about. */
  public enum Kind {
    EVENT("event"),
    ERROR("error"),
    PAYMENT("payment"),
    OPERATION(ReportReaders.OPERATION),
    CONNECTIONS("connections");

    private final String word;

    Kind(String word) {
      this.word = word;
    }
  }

  /**
   * @param maxUsd the most that one event or payment may be worth, in US dollars
   * @param clock of the present, which no payment may be settled after
   */
  public ReportReaders(
      AllowedValues allowedValues,
      String defaultCurrency,
      ExchangeRates exchangeRates,
      BigDecimal maxUsd,
      Clock clock) {
    events =
        new ReportReader<>(
            new EventSchema(allowedValues.currencies(), defaultCurrency, exchangeRates, maxUsd));
    payments =
        new ReportReader<>(
            new PaymentSchema(allowedValues, defaultCurrency, exchangeRates, maxUsd, clock));
  }

  /**
   * What a message is about, and with it how to read the rest.
   *
   * @throws RequestRefusedException when it is no object, or does not say
   */
  public static Kind kind(@Nullable Object body) {
    return kind(new JsonFieldReader(object(body)), List.of(Kind.values()));
  }

  /**
   * As {@link #kind}, where there is but one and nobody need say it.
   *
   * @throws RequestRefusedException when it is no object, or says that it is another
   */
  static Kind kind(@Nullable Object body, Kind only) {
    JsonFieldReader jsonFieldReader = new JsonFieldReader(object(body));
    return jsonFieldReader.has(KIND) ? kind(jsonFieldReader, List.of(only)) : only;
  }

  private static JsonObject object(@Nullable Object body) {
    if (!(body instanceof JsonObject json)) {
      throw noObject(body == null ? "nothing" : body.getClass().getSimpleName());
    }
    return json;
  }

  private static Kind kind(JsonFieldReader jsonFieldReader, List<Kind> known) {
    String word = jsonFieldReader.choice(KIND, known.stream().map(kind -> kind.word).toList());
    jsonFieldReader.check();
    return known.stream()
        .filter(kind -> kind.word.equals(requireNonNull(word)))
        .findFirst()
        .orElseThrow();
  }

  static RequestRefusedException noObject(String found) {
    return RequestRefusedException.invalid(List.of(new Fault("body", "a JSON object", found)));
  }

  /** A message's body as an object: it may come as bytes, too. */
  static @Nullable Object json(@Nullable Object body) {
    if (!(body instanceof Buffer bytes)) {
      return body;
    }
    try {
      return bytes.toJsonObject();
    } catch (DecodeException | ClassCastException e) {
      throw noObject("bytes that are none");
    }
  }

  public ReportReader<EventReport> events() {
    return events;
  }

  public ReportReader<ErrorReport> errors() {
    return errors;
  }

  public ReportReader<PaymentReport> payments() {
    return payments;
  }
}
