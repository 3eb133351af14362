package dev.paymeter.app.cli;

import dev.paymeter.postgres.server.LedgerJournal.Balance;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The balances of all accounts, with their totals: in each currency, and in US dollars. */
record TrialBalance(List<Balance> balances) {
  private static final List<String> COLUMNS =
      List.of(
          "account",
          "currency",
          "debit",
          "credit",
          "debit_usd",
          "credit_usd",
          "lines",
          "unconverted");

  private static final BigDecimal ZERO_USD = new BigDecimal("0.00");

  /** Columns of the table that are aligned to the left. */
  private static final int TEXTS = 2;

  TrialBalance(List<Balance> balances) {
    this.balances = List.copyOf(balances);
  }

  /** Returns the sum of the balances of each currency. */
  private List<Balance> totals() {
    return balances.stream()
        .map(Balance::currency)
        .distinct()
        .sorted()
        .map(
            currency ->
                total(
                    currency,
                    balances.stream().filter(each -> each.currency().equals(currency)).toList()))
        .toList();
  }

  private static Balance total(String currency, List<Balance> all) {
    return new Balance(
        "total",
        currency,
        sum(all, Balance::debit),
        sum(all, Balance::credit),
        sum(all, Balance::debitUsd),
        sum(all, Balance::creditUsd),
        all.stream().mapToLong(Balance::lines).sum(),
        all.stream().mapToLong(Balance::unconverted).sum());
  }

  private static BigDecimal sum(List<Balance> all, Function<Balance, BigDecimal> amount) {
    return all.stream().map(amount).reduce(BigDecimal::add).orElse(ZERO_USD);
  }

  /** Returns a table with the totals of the currencies, and that of US dollars below. */
  String asText() {
    List<List<String>> rows =
        Stream.of(
                Stream.of(COLUMNS),
                Stream.concat(balances.stream(), totals().stream()).map(TrialBalance::cells),
                Stream.of(totalUsd()))
            .flatMap(row -> row)
            .toList();
    int[] widths = new int[COLUMNS.size()];
    rows.forEach(
        row -> {
          for (int column = 0; column < widths.length; column++) {
            widths[column] = Math.max(widths[column], row.get(column).length());
          }
        });
    return rows.stream().map(row -> line(row, widths)).collect(Collectors.joining());
  }

  private List<String> totalUsd() {
    return List.of(
        "total in US dollars",
        "",
        "",
        "",
        sum(balances, Balance::debitUsd).toPlainString(),
        sum(balances, Balance::creditUsd).toPlainString(),
        "",
        "");
  }

  private static String line(List<String> row, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < widths.length; column++) {
      String padding = " ".repeat(widths[column] - row.get(column).length());
      line.append(column == 0 ? "" : "  ")
          .append(column < TEXTS ? row.get(column) + padding : padding + row.get(column));
    }
    return line.toString().stripTrailing() + "\n";
  }

  private static List<String> cells(Balance balance) {
    return List.of(
        balance.account(),
        balance.currency(),
        balance.debit().toPlainString(),
        balance.credit().toPlainString(),
        balance.debitUsd().toPlainString(),
        balance.creditUsd().toPlainString(),
        String.valueOf(balance.lines()),
        String.valueOf(balance.unconverted()));
  }

  /** Returns the accounts without totals. */
  String asCsv() {
    return Stream.concat(Stream.of(COLUMNS), balances.stream().map(TrialBalance::cells))
        .map(row -> Csv.line(row) + "\n")
        .collect(Collectors.joining());
  }

  JsonObject asJson() {
    return new JsonObject()
        .put("accounts", new JsonArray(balances.stream().map(TrialBalance::json).toList()))
        .put("totals", new JsonArray(totals().stream().map(TrialBalance::json).toList()))
        .put(
            "total_usd",
            new JsonObject()
                .put("debit", sum(balances, Balance::debitUsd).toPlainString())
                .put("credit", sum(balances, Balance::creditUsd).toPlainString()));
  }

  private static JsonObject json(Balance balance) {
    JsonObject json = new JsonObject();
    List<String> cells = cells(balance);
    for (int column = 0; column < COLUMNS.size(); column++) {
      json.put(COLUMNS.get(column), cells.get(column));
    }
    return json.put("lines", balance.lines()).put("unconverted", balance.unconverted());
  }
}
