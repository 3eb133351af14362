package dev.paymeter.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.paymeter.payments.EventReport;
import dev.paymeter.payments.Orders;
import dev.paymeter.payments.RequestRefusedException;
import dev.paymeter.payments.RequestRefusedException.Fault;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ObservationReaderTest {
  private static JsonObject json() {
    return new JsonObject()
        .put("kind", "event")
        .put("publisher", "shop")
        .put("id", "order-7")
        .put("event", "order")
        .put("amount", "12.34");
  }

  private static RequestRefusedException refusal(JsonObject json) {
    return catchThrowableOfType(
        RequestRefusedException.class, () -> Readers.OBSERVATIONS.read(json));
  }

  @Test
  void read_event_hasEveryField() {
    assertThat(Readers.OBSERVATIONS.read(json()))
        .isEqualTo(new EventReport("shop", "order-7", "order", Orders.money("12.34", "USD")));
    assertThat(Readers.OBSERVATIONS.read(json().put("amount", 99).put("currency", "JPY")).amount())
        .isEqualTo(Orders.money("99", "JPY"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "kind      | gauge    | one of event",
        "publisher | a b      | 1 to 128 letters, digits, dots, hyphens, underscores",
        "publisher | -x       | 1 to 128 letters, digits, dots, hyphens, underscores",
        "event     | Order    | a lower-case word of 1 to 32 characters, such as a_word, and not other",
        "event     | other    | a lower-case word of 1 to 32 characters, such as a_word, and not other",
        "amount    | 0        | an amount above zero",
        "amount    | 1.001    | at most 2 decimals, as USD has",
        "amount    | 1e3      | a decimal, as a string such as \"12.50\" or as a number",
        "currency  | XXX      | one of USD, EUR, GBP, JPY, KRW, KWD",
      })
  void read_wrongValue_namesFieldWantedAndFound(String field, String value, String wanted) {
    assertThat(refusal(json().put(field, value)).faults())
        .containsExactly(new Fault(field, wanted, '"' + value + '"'));
  }

  @Test
  void read_nothing_namesEveryFault() {
    assertThat(refusal(new JsonObject().put("evnet", "order")).faults())
        .extracting(Fault::field)
        .containsExactly("kind", "publisher", "id", "event", "amount", "evnet");
  }
}
