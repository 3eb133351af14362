package dev.paymeter.bus;

import static java.util.Objects.requireNonNull;

import dev.paymeter.payments.ErrorReport;
import dev.paymeter.payments.EventReport;
import dev.paymeter.payments.Rates;
import dev.paymeter.payments.RequestRefusedException;
import dev.paymeter.payments.RequestRefusedException.Fault;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what others report as observations. Immutable; safe from any thread. */
public final class ObservationReader {
  private final ReportReader<EventReport> events;
  private final ReportReader<ErrorReport> errors = new ReportReader<>(new ErrorFormat());

  /** What a message is about. */
  enum Kind {
    EVENT("event"),
    ERROR("error");

    private final String word;

    Kind(String word) {
      this.word = word;
    }
  }

  /**
   * @param maxUsd the most that one event may be worth, in US dollars
   */
  public ObservationReader(
      List<String> currencies, String defaultCurrency, Rates rates, BigDecimal maxUsd) {
    events = new ReportReader<>(new EventFormat(currencies, defaultCurrency, rates, maxUsd));
  }

  /**
   * What a message is about, and with it how to read the rest.
   *
   * @throws RequestRefusedException when it is no object, or does not say
   */
  static Kind kind(@Nullable Object body) {
    if (!(body instanceof JsonObject json)) {
      String found = body == null ? "nothing" : body.getClass().getSimpleName();
      throw RequestRefusedException.invalid(List.of(new Fault("body", "a JSON object", found)));
    }
    Fields fields = new Fields(json);
    String word =
        fields.choice("kind", Arrays.stream(Kind.values()).map(kind -> kind.word).toList());
    fields.check(json.fieldNames());
    return Arrays.stream(Kind.values())
        .filter(kind -> kind.word.equals(requireNonNull(word)))
        .findFirst()
        .orElseThrow();
  }

  ReportReader<EventReport> events() {
    return events;
  }

  ReportReader<ErrorReport> errors() {
    return errors;
  }
}
