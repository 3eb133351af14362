package dev.paymeter.app.cli;

import dev.paymeter.settlement.LineTotals;
import dev.paymeter.settlement.Period;
import dev.paymeter.settlement.SettlementFile;
import dev.paymeter.settlement.SettlementResult;
import dev.paymeter.settlement.SettlementRules;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Printer of the result of a comparison. */
record SettlementPrinter(PrintWriter out) {
  private static final List<String> TOTALS =
      List.of("currency", "lines", "payments", "refunds", "disputes", "adjustments", "fees", "net");

  void print(
      SettlementFile file, SettlementRules rules, LineTotals totals, SettlementResult result) {
    Period period = rules.period();
    out.printf(
        "%s: %s of %s, %s to %s (%s)%s%n",
        file.name(),
        file.format(),
        rules.gateway(),
        period.first(),
        period.last(),
        period.zone(),
        result.wasRead() ? ", read before" : "");
    out.printf("%d lines, %d matched%n", result.lines(), result.matched());
    printExceptions(result);
    if (result.explained() > 0) {
      out.printf("closed, because this file explains them: %d%n", result.explained());
    }
    printTotals(totals);
    out.flush();
  }

  private void printExceptions(SettlementResult result) {
    if (result.exceptions().isEmpty()) {
      out.println("no exceptions");
      return;
    }
    List<List<String>> rows = new ArrayList<>(List.of(List.of("exceptions", "all", "open")));
    new TreeMap<>(result.exceptions())
        .forEach(
            (kind, count) ->
                rows.add(
                    List.of(
                        kind.label(), String.valueOf(count.all()), String.valueOf(count.open()))));
    printTable(rows);
  }

  private void printTotals(LineTotals totals) {
    List<List<String>> rows = new ArrayList<>(List.of(TOTALS));
    for (LineTotals.Total total : totals.totals()) {
      rows.add(
          List.of(
              total.currency(),
              String.valueOf(total.lines()),
              total.payments().toPlainString(),
              total.refunds().toPlainString(),
              total.disputes().toPlainString(),
              total.adjustments().toPlainString(),
              total.fees().toPlainString(),
              total.net().toPlainString()));
    }
    printTable(rows);
  }

  /** Prints a table whose first column is aligned to the left. */
  private void printTable(List<List<String>> rows) {
    int[] widths = new int[rows.get(0).size()];
    for (List<String> row : rows) {
      for (int column = 0; column < widths.length; column++) {
        widths[column] = Math.max(widths[column], row.get(column).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < widths.length; column++) {
        String padding = " ".repeat(widths[column] - row.get(column).length());
        line.append(column == 0 ? row.get(column) + padding : "  " + padding + row.get(column));
      }
      out.println(line);
    }
  }
}
