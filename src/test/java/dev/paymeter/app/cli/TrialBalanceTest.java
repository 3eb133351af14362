package dev.paymeter.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.postgres.server.LedgerJournal.Balance;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrialBalanceTest {
  private static final TrialBalance BALANCE =
      new TrialBalance(
          List.of(
              balance("fees", "JPY", "100", "0", "0.00", "0.00", 1),
              balance("receivables:stripe:a,\"b\"", "EUR", "12.50", "0.00", "12.90", "0.00", 0),
              balance("receivables:stripe:a,\"b\"", "JPY", "0", "100", "0.00", "0.00", 1),
              balance("sales", "EUR", "0.00", "12.50", "0.00", "12.90", 0)));

  private static Balance balance(
      String account,
      String currency,
      String debit,
      String credit,
      String debitUsd,
      String creditUsd,
      long unconverted) {
    return new Balance(
        account,
        currency,
        new BigDecimal(debit),
        new BigDecimal(credit),
        new BigDecimal(debitUsd),
        new BigDecimal(creditUsd),
        2,
        unconverted);
  }

  @Test
  void asText_alignsTheColumns_andAddsTotals() {
    assertThat(BALANCE.asText())
        .isEqualTo(
            """
            account                   currency  debit  credit  debit_usd  credit_usd  lines  unconverted
            fees                      JPY         100       0       0.00        0.00      2            1
            receivables:stripe:a,"b"  EUR       12.50    0.00      12.90        0.00      2            0
            receivables:stripe:a,"b"  JPY           0     100       0.00        0.00      2            1
            sales                     EUR        0.00   12.50       0.00       12.90      2            0
            total                     EUR       12.50   12.50      12.90       12.90      4            0
            total                     JPY         100     100       0.00        0.00      4            2
            total in US dollars                                    12.90       12.90
            """);
  }

  @Test
  void asText_emptyLedger_isZero() {
    assertThat(new TrialBalance(List.of()).asText()).endsWith("  0.00        0.00\n");
  }

  @Test
  void asCsv_quotesWhereNeeded() {
    assertThat(BALANCE.asCsv().lines())
        .startsWith("account,currency,debit,credit,debit_usd,credit_usd,lines,unconverted")
        .contains("\"receivables:stripe:a,\"\"b\"\"\",EUR,12.50,0.00,12.90,0.00,2,0")
        .hasSize(5);
  }

  @Test
  void asJson_hasExactAmountsAsStrings() {
    JsonObject json = BALANCE.asJson();

    assertThat(json.getJsonArray("accounts").getJsonObject(1).getString("debit"))
        .isEqualTo("12.50");
    assertThat(json.getJsonArray("totals").getJsonObject(1).getLong("unconverted")).isEqualTo(2);
    assertThat(json.getJsonObject("total_usd").getString("credit")).isEqualTo("12.90");
  }
}
