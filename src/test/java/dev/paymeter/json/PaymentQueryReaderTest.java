package dev.paymeter.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.paymeter.payment.Access;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.payment.query.PaymentFilter;
import dev.paymeter.payment.query.PaymentPage;
import dev.paymeter.payment.query.PaymentPage.Position;
import dev.paymeter.payment.query.PaymentQuery;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PaymentQueryReaderTest {
  private static final PaymentQueryReader READER =
      new PaymentQueryReader(TestOrders.ALLOWED_VALUES);
  private static final Position POSITION =
      new Position(TestOrders.CREATED_AT, UUID.fromString("f195a3f0-0000-7000-8000-000000000000"));

  private static final PaymentFilter BY_USER =
      new PaymentFilter(null, null, null, null, "user_1", null, null, null);

  private static final Access ACME = Access.of("acme");

  private static PaymentQuery read(Map<String, String> parameters) {
    return read(parameters, Access.ALL);
  }

  private static PaymentQuery read(Map<String, String> parameters, Access access) {
    Map<String, List<String>> all = new HashMap<>();
    parameters.forEach((name, value) -> all.put(name, List.of(value)));
    return READER.read(all, access);
  }

  private static List<FieldError> faults(Map<String, List<String>> parameters) {
    return faults(parameters, Access.ALL);
  }

  private static List<FieldError> faults(Map<String, List<String>> parameters, Access access) {
    return catchThrowableOfType(
            RequestRejectedException.class, () -> READER.read(parameters, access))
        .fieldErrors();
  }

  @Test
  void read_nothing_isTheFirst20OfAll() {
    assertThat(read(Map.of())).isEqualTo(new PaymentQuery(PaymentFilter.ALL, null, 20));
  }

  @Test
  void read_everyParameter_isRead() {
    assertThat(
            read(
                Map.of(
                    "status", "failed",
                    "gateway", "paypal",
                    "user_tier", "premium",
                    "order_id", "order 1",
                    "user_id", "訂單",
                    "created_since", "2026-03-04T06:06:07.123456+01:00",
                    "created_before", "2026-03-04t05:06:08z",
                    "merchant", "acme",
                    "limit", "100")))
        .isEqualTo(
            new PaymentQuery(
                new PaymentFilter(
                    PaymentStatus.FAILED,
                    "paypal",
                    "premium",
                    "order 1",
                    "訂單",
                    TestOrders.CREATED_AT,
                    Instant.parse("2026-03-04T05:06:08Z"),
                    "acme"),
                null,
                100));
  }

  @Test
  void read_byMerchant_isAlwaysOfThatMerchant() {
    assertThat(read(Map.of(), ACME).filter().merchant()).isEqualTo("acme");
    assertThat(read(Map.of("merchant", "acme"), ACME).filter().merchant()).isEqualTo("acme");
    assertThat(faults(Map.of("merchant", List.of("other")), ACME))
        .containsExactly(
            new FieldError("merchant", "the merchant of the key, or none", "\"other\""));
  }

  /** A cursor of all payments, or of another merchant's, contains a position among them. */
  @Test
  void read_cursorOfOtherMerchant_isRejected() {
    String cursor = cursor(read(Map.of(), ACME).filter());

    assertThat(read(Map.of("after", cursor), ACME).after()).isEqualTo(POSITION);
    for (Access other : List.of(Access.ALL, Access.of("other"))) {
      assertThat(faults(Map.of("after", List.of(cursor)), other))
          .extracting(FieldError::field)
          .containsExactly("after");
    }
  }

  /** A bound of 07.0000001 excludes a row of 07.000000 and includes one of 07.000001. */
  @Test
  void read_timeFinerThanRows_isRoundedUp() {
    assertThat(
            read(Map.of("created_since", "2026-03-04T05:06:07.0000001Z")).filter().createdSince())
        .isEqualTo(Instant.parse("2026-03-04T05:06:07.000001Z"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "status         | paid                     | one of pending, unknown, "
            + "requires_action, authorized, voided, success, failed, partially_refunded, refunded, disputed, dispute_lost, reversed",
        "status         | ''                       | one of pending, unknown, "
            + "requires_action, authorized, voided, success, failed, partially_refunded, refunded, disputed, dispute_lost, reversed",
        "gateway        | strpe                    | one of stripe, paypal",
        "user_tier      | Premium                  | one of basic, standard, premium",
        "created_since  | 2026-03-04               | a time such as 2026-03-04T05:06:07Z (RFC 3339)",
        "created_since  | 2026-03-04T05:06:07      | a time such as 2026-03-04T05:06:07Z (RFC 3339)",
        "created_since  | 2026-03-04T05:06Z        | a time such as 2026-03-04T05:06:07Z (RFC 3339)",
        "created_before | 2026-02-30T05:06:07Z     | a time such as 2026-03-04T05:06:07Z (RFC 3339)",
        "created_before | +12026-03-04T05:06:07Z   | a time such as 2026-03-04T05:06:07Z (RFC 3339)",
        "merchant       | a/b                      | the name of a merchant: 1 to 64 letters, digits, "
            + "dots, hyphens, underscores",
        "limit          | 0                        | a whole number from 1 to 100",
        "limit          | 101                      | a whole number from 1 to 100",
        "limit          | 1e1                      | a whole number from 1 to 100",
        "limit          | ' 1'                     | a whole number from 1 to 100",
      })
  void read_invalidValue_isReported(String name, String value, String expected) {
    assertThat(faults(Map.of(name, List.of(value))))
        .containsExactly(new FieldError(name, expected, '"' + value + '"'));
  }

  @Test
  void read_unknownAndRepeated_areReported() {
    assertThat(faults(Map.of("state", List.of("failed"))))
        .extracting(FieldError::field, FieldError::actual)
        .containsExactly(tuple("state", "present"));
    assertThat(faults(Map.of("status", List.of("failed", "failed"))))
        .containsExactly(new FieldError("status", "at most one status", "2 values"));
  }

  @Test
  void read_timesInWrongOrder_areReported() {
    assertThat(
            faults(
                Map.of(
                    "created_since", List.of("2026-03-04T05:06:07Z"),
                    "created_before", List.of("2026-03-04T05:06:07Z"))))
        .containsExactly(
            new FieldError("created_before", "a time after created_since", "2026-03-04T05:06:07Z"));
  }

  private static String cursor(PaymentFilter filter) {
    JsonObject json = PaymentQueryReader.write(new PaymentPage(List.of(), POSITION), filter);
    return json.getString("next");
  }

  @Test
  void read_cursorOfTheSameFilters_continuesThere() {
    String cursor = cursor(BY_USER);

    PaymentQuery next = read(Map.of("user_id", "user_1", "after", cursor, "limit", "7"));

    assertThat(next).isEqualTo(new PaymentQuery(BY_USER, POSITION, 7));
    assertThat(cursor).matches("[A-Za-z0-9_-]{44}");
  }

  @Test
  void read_cursorOfOtherFilters_isRejected() {
    assertThat(faults(Map.of("after", List.of(cursor(BY_USER)))))
        .extracting(FieldError::field, FieldError::expected)
        .containsExactly(tuple("after", "the value of \"next\" from a list with the same filters"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "%%%", "AQ==", "AQ"})
  void read_invalidCursor_isRejected(String text) {
    assertThat(faults(Map.of("after", List.of(text)))).hasSize(1);
  }

  /** Every character is significant, including its last bits. */
  @Test
  void read_cursorWithAChangedCharacter_isRejected() {
    String cursor = cursor(PaymentFilter.ALL);
    for (int at = 0; at < cursor.length(); at++) {
      char other = cursor.charAt(at) == 'A' ? 'B' : 'A';
      String broken = cursor.substring(0, at) + other + cursor.substring(at + 1);

      assertThat(faults(Map.of("after", List.of(broken)))).as(broken).hasSize(1);
    }
    assertThat(faults(Map.of("after", List.of(cursor + "=")))).hasSize(1);
    assertThat(faults(Map.of("after", List.of(cursor.substring(1))))).hasSize(1);
  }

  @Test
  void write_lastPage_hasNoNext() {
    JsonObject json =
        PaymentQueryReader.write(
            new PaymentPage(List.of(TestOrders.order().pending()), null), PaymentFilter.ALL);

    assertThat(json.fieldNames()).containsExactly("data");
    assertThat(json.getJsonArray("data")).hasSize(1);
  }
}
