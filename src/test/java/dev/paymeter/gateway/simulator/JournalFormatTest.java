package dev.paymeter.gateway.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.settlement.InvalidFileException;
import dev.paymeter.settlement.SettlementLine;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A journal as a settlement file. */
class JournalFormatTest {
  private static final String ONE = "00000000-0000-0000-0000-000000000001";
  private static final String TWO = "00000000-0000-0000-0000-000000000002";

  private static List<String> read(Instant now, String... lines)
      throws IOException, InvalidFileException {
    List<SettlementLine> all = new ArrayList<>();
    new JournalFormat(Clock.fixed(now, ZoneOffset.UTC))
        .read(
            new ByteArrayInputStream(String.join("", lines).getBytes(UTF_8)),
            ZoneId.of("Europe/Berlin"),
            all::add);
    return all.stream()
        .map(
            line ->
                "%d %s %s %s %s %s %s"
                    .formatted(
                        line.number(),
                        line.type().label(),
                        line.reference(),
                        line.payment(),
                        line.amount(),
                        line.currency(),
                        line.booked().instant()))
        .toList();
  }

  private static List<String> read(String... lines) throws IOException, InvalidFileException {
    return read(Instant.parse("2026-11-28T00:00:00Z"), lines);
  }

  private static String line(String second, String reference, String kind, String more) {
    return "{\"at\":\"2026-11-27T12:00:%sZ\",\"reference\":\"%s\",\"kind\":\"%s\"%s}\n"
        .formatted(second, reference, kind, more);
  }

  private static String order(int minor, String currency) {
    return ",\"order_id\":\"o\",\"amount_minor\":%d,\"currency\":\"%s\"".formatted(minor, currency);
  }

  @Test
  void movements_areLines() throws Exception {
    assertThat(
            read(
                line("00", TWO, "account", ""),
                line("01", ONE, "approved", order(1250, "EUR")),
                line("02", ONE, "again", ""),
                line("03", TWO, "approved", order(250, "EUR") + ",\"refund_of\":\"" + ONE + "\"")))
        .containsExactly(
            "2 payment " + ONE + "  12.50 EUR 2026-11-27T12:00:01Z",
            "4 refund " + TWO + " " + ONE + " -2.50 EUR 2026-11-27T12:00:03Z");
  }

  @Test
  void refundThatHasFailed_hasMovedTwice() throws Exception {
    assertThat(
            read(
                line(
                    "03",
                    TWO,
                    "failed",
                    order(250, "JPY")
                        + ",\"refund_of\":\""
                        + ONE
                        + "\",\"error_type\":\"PaymentGatewayException\","
                        + "\"error_code\":\"refund_failed\",\"error\":\"x\"")))
        .containsExactly(
            "1 refund " + TWO + " " + ONE + " -250 JPY 2026-11-27T12:00:03Z",
            "1 refund_failed " + TWO + " " + ONE + " 250 JPY 2026-11-27T12:00:03Z");
  }

  /** Holding an amount, declining, or canceling moves nothing. */
  @Test
  void capturesAndAuthentications_areWhenTheMoneyMoves() throws Exception {
    String held = ",\"expires_at\":\"2026-12-04T12:00:00Z\"";
    String payer =
        ",\"payer\":{\"act\":\"succeeds\",\"url\":\"http://x\",\"at\":\"2026-11-27T12:00:05Z\"}";

    assertThat(
            read(
                line("01", ONE, "authorized", order(1250, "EUR") + held),
                line("02", ONE, "captured", order(1000, "EUR")),
                line("03", TWO, "action_required", order(700, "EUR") + payer),
                line("09", TWO, "authenticated", "")))
        .containsExactly(
            "2 payment " + ONE + "  10.00 EUR 2026-11-27T12:00:02Z",
            "4 payment " + TWO + "  7.00 EUR 2026-11-27T12:00:09Z");
    assertThat(
            read(
                line("01", ONE, "authorized", order(1250, "EUR") + held),
                line("02", ONE, "canceled", ""),
                line("03", TWO, "action_required", order(700, "EUR") + payer),
                line("04", TWO, "unauthenticated", "")))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"open", "lost", "reversal", "won"})
  void disputes_areWithdrawn_andReturnedIfTheyAreWon(String kind) throws Exception {
    String line =
        line(
            "01",
            ONE,
            "approved",
            order(1250, "EUR") + ",\"charge\":{\"dispute\":\"" + kind + "\"}");
    String withdrawn = "1 dispute sim_dp_" + ONE + " " + ONE + " -12.50 EUR 2026-11-27T12:00:01Z";

    assertThat(read(Instant.parse("2026-11-27T12:00:05Z"), line))
        .as("before a decision")
        .hasSize(2)
        .contains(withdrawn);
    assertThat(read(line))
        .hasSize(kind.equals("won") ? 3 : 2)
        .contains(withdrawn)
        .element(kind.equals("won") ? 2 : 1)
        .isEqualTo(
            kind.equals("won")
                ? "1 dispute_won sim_dp_" + ONE + " " + ONE + " 12.50 EUR 2026-11-27T12:00:06Z"
                : withdrawn);
  }

  @Test
  void warnings_withdrawNothing() throws Exception {
    assertThat(
            read(
                line(
                    "01",
                    ONE,
                    "approved",
                    order(1250, "EUR") + ",\"charge\":{\"dispute\":\"warning\"}")))
        .hasSize(1);
  }

  /** A running service is writing it. */
  @Test
  void incompleteLastLine_isNotRead() throws Exception {
    assertThat(read(line("01", ONE, "approved", order(1, "JPY")), "{\"at\":\"2026")).hasSize(1);
    assertThat(read("")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "x", "", "{\"at\":1}"})
  void otherLines_areInvalid(String line) {
    assertThatThrownBy(() -> read(line("01", ONE, "approved", order(1, "JPY")), line + "\n"))
        .isInstanceOf(InvalidFileException.class)
        .hasMessageContaining("line 2: expected a line of a journal");
  }

  @Test
  void invalidCurrency_andEndlessLines_areInvalid() {
    assertThatThrownBy(() -> read(line("01", ONE, "approved", order(1, "EURO"))))
        .isInstanceOf(InvalidFileException.class);
    assertThatThrownBy(() -> read(line("01", ONE, "approved", "")))
        .isInstanceOf(InvalidFileException.class);
    assertThatThrownBy(() -> read("x".repeat(100_000)))
        .isInstanceOf(InvalidFileException.class)
        .hasMessageContaining("at most 65536 bytes");
  }

  @Test
  void firstLine_isRecognized() {
    JournalFormat format = new JournalFormat(Clock.systemUTC());

    assertThat(format.matches(line("01", ONE, "account", "").strip())).isTrue();
    assertThat(format.matches("{\"gateway\":\"stripe\"}")).isFalse();
    assertThat(format.matches("reference,type")).isFalse();
  }
}
