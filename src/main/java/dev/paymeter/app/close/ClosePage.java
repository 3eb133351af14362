package dev.paymeter.app.close;

import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The report of a closed day as one page of HTML, which is printed and signed by hand. */
public final class ClosePage {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("d MMMM uuuu", Locale.ENGLISH);
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss xxx", Locale.ENGLISH);
  private static final char THIN_SPACE = '\u202F';
  private static final char MINUS = '\u2212';
  private static final int GROUP = 3;
  private static final int DAY_HOURS = 24;

  /** A4; the margins have the page numbers. */
  private static final String STYLE =
      """
      @page {
        size: A4; margin: 20mm 17mm 22mm;
        @bottom-left { content: "%s"; font: 8pt sans-serif; color: #555; }
        @bottom-right { content: "Page " counter(page) " of " counter(pages); font: 8pt sans-serif;
          color: #555; }
      }
      * { box-sizing: border-box; }
      body { font: 9.5pt/1.4 "Liberation Sans", Arial, Helvetica, sans-serif; color: #111;
        max-width: 176mm; margin: 0 auto; }
      @media screen { body { padding: 12mm 6mm; } }
      h1 { font-size: 20pt; margin: 0; font-weight: 600; }
      h2 { font-size: 11.5pt; margin: 7mm 0 2mm; border-bottom: 0.6pt solid #111;
        padding-bottom: 0.8mm; break-after: avoid; }
      h3 { font-size: 9.5pt; margin: 4mm 0 1mm; break-after: avoid; }
      p { margin: 1mm 0; }
      .day { font-size: 12.5pt; margin: 0 0 4mm; }
      table { border-collapse: collapse; width: 100%%; font-variant-numeric: tabular-nums; }
      th { text-align: left; font-weight: 600; font-size: 8.5pt; border-bottom: 0.4pt solid #777; }
      th, td { padding: 0.7mm 2.5mm 0.7mm 0; vertical-align: top; }
      th:last-child, td:last-child { padding-right: 0; }
      .n { text-align: right; white-space: nowrap; }
      tr { break-inside: avoid; }
      thead { display: table-header-group; }
      .balance td, .total td { font-weight: 600; border-top: 0.4pt solid #777; }
      .statement { break-inside: avoid; }
      .statement .n { width: 34mm; }
      .statement .c { width: 18mm; }
      .facts th { border: 0; width: 38mm; font-size: inherit; font-weight: 400; color: #555; }
      .hash { font-family: "Liberation Mono", monospace; font-size: 7.6pt; overflow-wrap: anywhere; }
      .note { color: #555; font-size: 8.5pt; }
      .sign { break-inside: avoid; }
      .lines { display: grid; grid-template-columns: repeat(3, 1fr); gap: 14mm 8mm;
        margin-top: 16mm; }
      .lines div { border-top: 0.6pt solid #111; padding-top: 1mm; font-size: 8pt; color: #555; }
      """;

  private static final String PAGE =
      """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Daily close %1$s</title>
      <style>
      %2$s</style>
      </head>
      <body>
      %3$s</body>
      </html>
      """;

  private final CloseReport close;
  private final JsonObject report;
  private final StringBuilder html = new StringBuilder();

  private ClosePage(CloseReport close) {
    this.close = close;
    report = close.json();
  }

  /** Returns the page. It loads nothing. */
  public static String of(CloseReport close) {
    ClosePage page = new ClosePage(close);
    page.head();
    page.summary();
    page.statements();
    page.corrections();
    page.accounts();
    page.open();
    page.comparisons();
    page.cuts();
    page.signatures();
    String footer =
        "Daily close %s, %s, version %d. SHA-256 %s\u2026"
            .formatted(
                close.stored().day(),
                close.stored().zone().getId(),
                close.stored().version(),
                close.stored().sha256().substring(0, 16));
    return PAGE.formatted(escape(close.day().toString()), STYLE.formatted(footer), page.html);
  }

  private void head() {
    ZoneId zone = close.stored().zone();
    Instant from = Instant.parse(report.getString("from"));
    Instant to = Instant.parse(report.getString("to"));
    long hours = Duration.between(from, to).toHours();
    html.append("<h1>Daily close</h1>\n")
        .append("<p class=\"day\">")
        .append(escape(DATE.format(close.stored().day())))
        .append(", ")
        .append(escape(zone.getId()))
        .append("</p>\n<table class=\"facts\">\n");
    fact("Ledger", report.getString("ledger"));
    fact("Generation", report.getString("generation"));
    fact(
        "Period",
        "%s to %s, not included%s"
            .formatted(
                time(from, zone),
                time(to, zone),
                hours == DAY_HOURS ? "" : " (" + hours + " hours: the clocks were changed)"));
    fact(
        "Closed",
        "%s by %s"
            .formatted(
                time(Instant.parse(report.getString("closed_at")), zone),
                report.getString("closed_by")));
    JsonObject supplements = report.getJsonObject("supplements");
    fact(
        "Version",
        supplements == null
            ? String.valueOf(report.getInteger("version"))
            : "%d: the figures of version %d, with later comparisons"
                .formatted(report.getInteger("version"), supplements.getInteger("version")));
    html.append("</table>\n");
  }

  private void fact(String name, String value) {
    html.append("<tr><th scope=\"row\">%s</th><td>%s</td></tr>\n".formatted(name, escape(value)));
  }

  private static String time(Instant time, ZoneId zone) {
    return TIME.format(time.truncatedTo(ChronoUnit.SECONDS).atZone(zone));
  }

  private void table(String classes, String... columns) {
    html.append("<table class=\"").append(classes).append("\">\n<thead><tr>");
    for (String column : columns) {
      boolean isNumber = column.startsWith(">");
      html.append(isNumber ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">")
          .append(escape(isNumber ? column.substring(1) : column))
          .append("</th>");
    }
    html.append("</tr></thead>\n<tbody>\n");
  }

  private void endTable() {
    html.append("</tbody>\n</table>\n");
  }

  /**
   * Appends a row.
   *
   * @param texts the number of cells that are not figures
   */
  private void row(String classes, int texts, String... cells) {
    html.append(classes.isEmpty() ? "<tr>" : "<tr class=\"" + classes + "\">");
    for (int column = 0; column < cells.length; column++) {
      html.append(column < texts ? "<td>" : "<td class=\"n\">")
          .append(escape(cells[column]))
          .append("</td>");
    }
    html.append("</tr>\n");
  }

  private static String figure(String number) {
    boolean isNegative = number.startsWith("-");
    String[] parts = (isNegative ? number.substring(1) : number).split("\\.", 2);
    StringBuilder grouped = new StringBuilder(parts[0]);
    for (int at = grouped.length() - GROUP; at > 0; at -= GROUP) {
      grouped.insert(at, THIN_SPACE);
    }
    return (isNegative ? MINUS : "")
        + grouped.toString()
        + (parts.length > 1 ? "." + parts[1] : "");
  }

  private static String figure(long number) {
    return figure(String.valueOf(number));
  }

  private static String place(JsonObject of) {
    String account = of.getString("account");
    return of.getString("gateway") + (account == null ? "" : " " + account);
  }

  private List<JsonObject> gateways() {
    return CloseReport.objects(report, "gateways");
  }

  private void summary() {
    html.append("<h2>Balances in US dollars</h2>\n");
    table("", "Gateway and account", ">Opening", ">Movements", ">Corrections", ">Closing");
    Map<String, BigDecimal[]> byPlace = new TreeMap<>();
    for (JsonObject gateway : gateways()) {
      BigDecimal[] values = {
        usd(gateway.getJsonObject("opening")),
        sumUsd(CloseReport.objects(gateway, "movements")),
        sumUsd(CloseReport.objects(gateway, "corrections")),
        usd(gateway.getJsonObject("closing"))
      };
      byPlace.merge(place(gateway), values, ClosePage::sum);
    }
    BigDecimal zero = new BigDecimal("0.00");
    BigDecimal[] total =
        byPlace.values().stream().reduce(new BigDecimal[] {zero, zero, zero, zero}, ClosePage::sum);
    byPlace.forEach((place, values) -> summaryRow("", place, values));
    summaryRow("total", "Total", total);
    endTable();
    html.append(
        "<p class=\"note\">What each gateway owes according to the journal: its receivables, with the"
            + " cents of rounding. Each amount was converted at the rate of its row. Payouts are not"
            + " in the ledger.</p>\n");
  }

  private void summaryRow(String classes, String name, BigDecimal[] values) {
    row(
        classes,
        1,
        name,
        figure(values[0].toPlainString()),
        figure(values[1].toPlainString()),
        figure(values[2].toPlainString()),
        figure(values[3].toPlainString()));
  }

  private static BigDecimal[] sum(BigDecimal[] one, BigDecimal[] other) {
    BigDecimal[] sum = new BigDecimal[one.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = one[i].add(other[i]);
    }
    return sum;
  }

  private static BigDecimal usd(JsonObject of) {
    return new BigDecimal(of.getString("amount_usd"));
  }

  private static BigDecimal sumUsd(List<JsonObject> all) {
    return all.stream().map(ClosePage::usd).reduce(new BigDecimal("0.00"), BigDecimal::add);
  }

  private void statements() {
    html.append("<h2>Gateways</h2>\n");
    if (gateways().isEmpty()) {
      html.append("<p>The ledger has no transactions.</p>\n");
    }
    gateways().forEach(this::statement);
  }

  private void statement(JsonObject gateway) {
    String currency = gateway.getString("currency");
    html.append("<div class=\"statement\">\n<h3>")
        .append(escape(place(gateway) + ", " + currency))
        .append("</h3>\n");
    table("", "", ">Number", ">" + currency, ">USD");
    balance("Opening balance", gateway.getJsonObject("opening"));
    Map<String, JsonObject> byKind =
        CloseReport.objects(gateway, "movements").stream()
            .collect(Collectors.toMap(each -> each.getString("kind"), each -> each));
    String zero =
        BigDecimal.ZERO
            .setScale(new BigDecimal(gateway.getJsonObject("opening").getString("amount")).scale())
            .toPlainString();
    boolean hasDisputes = byKind.keySet().stream().anyMatch(ClosePage::isDispute);
    for (Movement movement : Movement.values()) {
      JsonObject moved = byKind.get(movement.label());
      if (moved != null) {
        movement(movement.title(), moved);
      } else if (!isDispute(movement.label())) {
        row("", 1, movement.title(), "0", figure(zero), "0.00");
      } else if (movement == Movement.DISPUTES_OPENED && !hasDisputes) {
        row("", 1, "Disputes", "0", figure(zero), "0.00");
      }
    }
    for (JsonObject correction : CloseReport.objects(gateway, "corrections")) {
      movement(
          "Correction of %s: %s".formatted(correctedDay(correction), title(correction)),
          correction);
    }
    balance("Closing balance", gateway.getJsonObject("closing"));
    endTable();
    html.append("</div>\n");
  }

  private static boolean isDispute(String kind) {
    return kind.startsWith("disputes_") || kind.equals(Movement.REVERSALS.label());
  }

  private static String title(JsonObject movement) {
    return Movement.labeled(movement.getString("kind")).title().toLowerCase(Locale.ROOT);
  }

  private String correctedDay(JsonObject correction) {
    String day = correction.getString("day");
    return day == null ? "days before " + report.getString("first_day") : day;
  }

  private void balance(String name, JsonObject balance) {
    row(
        "balance",
        1,
        name,
        "",
        figure(balance.getString("amount")),
        figure(balance.getString("amount_usd")));
  }

  private void movement(String name, JsonObject moved) {
    long unconverted = moved.getLong("unconverted");
    row(
        "",
        1,
        name + (unconverted == 0 ? "" : " (without a rate: " + unconverted + ")"),
        figure(moved.getLong("count")),
        figure(moved.getString("amount")),
        figure(moved.getString("amount_usd")));
  }

  private void corrections() {
    html.append("<h2>Corrections of closed days</h2>\n");
    List<String[]> rows = new ArrayList<>();
    for (JsonObject gateway : gateways()) {
      for (JsonObject correction : CloseReport.objects(gateway, "corrections")) {
        rows.add(
            new String[] {
              correctedDay(correction),
              place(gateway),
              title(correction),
              gateway.getString("currency"),
              figure(correction.getLong("count")),
              figure(correction.getString("amount")),
              figure(correction.getString("amount_usd"))
            });
      }
    }
    if (rows.isEmpty()) {
      html.append("<p>None.</p>\n");
      return;
    }
    table("", "Day", "Gateway and account", "Kind", "Currency", ">Number", ">Amount", ">USD");
    rows.forEach(cells -> row("", 4, cells));
    endTable();
    html.append(
        "<p class=\"note\">Counted after the close of their day. They are included in the balances"
            + " above. The reports of these days are not changed.</p>\n");
  }

  private void accounts() {
    html.append("<h2>Trial balance</h2>\n");
    table("", "Account", "Currency", ">Debit", ">Credit", ">Debit USD", ">Credit USD", ">Lines");
    BigDecimal debit = new BigDecimal("0.00");
    BigDecimal credit = debit;
    for (JsonObject account : CloseReport.objects(report, "accounts")) {
      row(
          "",
          2,
          account.getString("account"),
          account.getString("currency"),
          figure(account.getString("debit")),
          figure(account.getString("credit")),
          figure(account.getString("debit_usd")),
          figure(account.getString("credit_usd")),
          figure(account.getLong("lines")));
      debit = debit.add(new BigDecimal(account.getString("debit_usd")));
      credit = credit.add(new BigDecimal(account.getString("credit_usd")));
    }
    row(
        "total",
        2,
        "Total",
        "",
        "",
        "",
        figure(debit.toPlainString()),
        figure(credit.toPlainString()),
        "");
    endTable();
    html.append(
        "<p class=\"note\">All accounts of the journal up to the cuts below, for times before the end"
            + " of the day. Their sum is zero in each currency, and in US dollars.</p>\n");
  }

  private void open() {
    html.append("<h2>Without an outcome</h2>\n");
    List<JsonObject> open = CloseReport.objects(report, "open");
    if (open.isEmpty()) {
      html.append("<p>None.</p>\n");
      return;
    }
    table("", "Kind", "State", "Gateway and account", "Currency", ">Number", ">Amount", ">USD");
    for (JsonObject each : open) {
      row(
          "",
          4,
          each.getString("kind"),
          each.getString("state").replace('_', ' '),
          place(each),
          each.getString("currency"),
          figure(each.getLong("count")),
          figure(each.getString("amount")),
          figure(each.getString("amount_usd")));
    }
    endTable();
    html.append(
        "<p class=\"note\">Accepted before the end of the day, and without an outcome when it was"
            + " closed. They count on the day of their outcome.</p>\n");
  }

  private void comparisons() {
    JsonObject ties = report.getJsonObject("ties");
    html.append("<h2>Comparisons</h2>\n<h3>Prometheus</h3>\n");
    JsonObject prometheus = ties.getJsonObject("prometheus");
    if (prometheus == null) {
      html.append("<p>None.</p>\n");
    } else {
      prometheus(prometheus);
    }
    html.append("<h3>Settlement files</h3>\n");
    List<JsonObject> settlements = CloseReport.objects(ties, "settlements");
    if (settlements.isEmpty()) {
      html.append("<p>None.</p>\n");
      return;
    }
    table(
        "",
        "File",
        "Gateway and account",
        "Days",
        ">Lines",
        ">Matched",
        ">Exceptions",
        ">Open",
        ">Net payout");
    for (JsonObject file : settlements) {
      String net =
          file.getJsonObject("net").stream()
              .sorted(Map.Entry.comparingByKey())
              .map(each -> figure(each.getValue().toString()) + "\u00A0" + each.getKey())
              .collect(Collectors.joining(", "));
      row(
          "",
          3,
          file.getString("file"),
          place(file),
          "%s to %s, %s"
              .formatted(
                  file.getString("first_day"), file.getString("last_day"), file.getString("zone")),
          figure(file.getLong("lines")),
          figure(file.getLong("matched")),
          figure(file.getLong("exceptions")),
          figure(file.getLong("open_exceptions")),
          net);
    }
    endTable();
  }

  private void prometheus(JsonObject prometheus) {
    html.append("<p>")
        .append(
            escape(
                prometheus.getBoolean("is_equal")
                    ? "%d increases of %s equal the rows of the ledger between their cuts."
                        .formatted(prometheus.getInteger("samples"), prometheus.getString("url"))
                    : "%d of %d increases of %s DIFFER from the rows of the ledger."
                        .formatted(
                            prometheus.getInteger("different"),
                            prometheus.getInteger("samples"),
                            prometheus.getString("url"))))
        .append("</p>\n");
    table("", "Series, all labels", ">Prometheus", ">Ledger");
    for (JsonObject series : CloseReport.objects(prometheus, "series")) {
      row(
          "",
          1,
          series.getString("name"),
          figure(series.getString("prometheus")),
          figure(series.getString("ledger")));
    }
    endTable();
    table("", "Instance", ">After cut", ">Up to cut", ">Different");
    for (JsonObject instance : CloseReport.objects(prometheus, "instances")) {
      row(
          "",
          1,
          instance.getString("instance_id"),
          String.valueOf(instance.getLong("after")),
          String.valueOf(instance.getLong("up_to")),
          figure(instance.getInteger("different")));
    }
    endTable();
    html.append(
        "<p class=\"note\">Between the last scrapes before the beginning and before the end of the"
            + " day: an increase has the rows that were counted between them, the statements above"
            + " those with a time of the day.</p>\n");
  }

  private void cuts() {
    html.append("<h2>Cuts and hash chains</h2>\n");
    table("", "Instance", "Cut", "End of its hash chain");
    for (JsonObject instance : CloseReport.objects(report, "instances")) {
      JsonObject chain = instance.getJsonObject("chain");
      html.append(
          "<tr><td>%s</td><td class=\"hash\">%d</td><td class=\"hash\">%s</td></tr>\n"
              .formatted(
                  escape(instance.getString("instance_id")),
                  instance.getLong("cut"),
                  chain == null
                      ? "none"
                      : escape(chain.getString("chain") + " at " + chain.getLong("cut"))));
    }
    endTable();
  }

  private void signatures() {
    html.append("<div class=\"sign\">\n<h2>Signatures</h2>\n<table class=\"facts\">\n");
    hash("SHA-256 of the report", close.stored().sha256());
    JsonObject previous = report.getJsonObject("previous");
    hash(
        "Previous close",
        previous == null
            ? "none: this is the first one"
            : "%s, version %d: %s"
                .formatted(
                    previous.getString("day"),
                    previous.getInteger("version"),
                    previous.getString("sha256")));
    hash("Key", close.stored().keyId());
    hash("Signature (Ed25519)", close.signature());
    html.append("</table>\n");
    if (close.signature() == null) {
      html.append("<p>Not signed: database.signing-key-file is not set.</p>\n");
    }
    html.append("<div class=\"lines\">\n");
    for (String line : List.of("Name", "Signature", "Date", "Name", "Signature", "Date")) {
      html.append("<div>").append(line).append("</div>\n");
    }
    html.append("</div>\n</div>\n");
  }

  private void hash(String name, @Nullable String value) {
    html.append(
        "<tr><th scope=\"row\">%s</th><td class=\"hash\">%s</td></tr>\n"
            .formatted(name, value == null ? "none" : escape(value)));
  }

  /** Returns a text as HTML. */
  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
