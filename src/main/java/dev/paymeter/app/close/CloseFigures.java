package dev.paymeter.app.close;

import dev.paymeter.postgres.server.DayCloses.Lines;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The figures of a close, from lines of the journal: for each gateway, account and currency the
 * balance before the day, its movements, corrections of earlier days, and the balance after it; and
 * the balances of all accounts of the journal. A balance of a gateway is that of its receivables,
 * with the cents of its rounding.
 */
final class CloseFigures {
  private static final String RECEIVABLES = "receivables";
  private static final String ROUNDING = "rounding";

  /** A sum, with an exact number of decimals. */
  private static final class Sum {
    private long count;
    private BigDecimal amount;
    private BigDecimal amountUsd = new BigDecimal("0.00");
    private long unconverted;

    Sum(int scale) {
      amount = BigDecimal.ZERO.setScale(scale);
    }

    void add(Lines lines) {
      amount = amount.add(lines.amount());
      amountUsd = amountUsd.add(lines.amountUsd());
      unconverted += lines.unconverted();
    }

    JsonObject balance() {
      return new JsonObject()
          .put("amount", amount.toPlainString())
          .put("amount_usd", amountUsd.toPlainString());
    }

    JsonObject movement(Movement movement) {
      return balance()
          .put("kind", movement.label())
          .put("count", count)
          .put("unconverted", unconverted);
    }
  }

  /** A gateway, its account, and a currency. */
  private record Position(String gateway, @Nullable String account, String currency)
      implements Comparable<Position> {
    private static final Comparator<Position> ORDER =
        Comparator.comparing(Position::gateway)
            .thenComparing(
                position -> position.account, Comparator.nullsFirst(Comparator.naturalOrder()))
            .thenComparing(Position::currency);

    @Override
    public int compareTo(Position other) {
      return ORDER.compare(this, other);
    }
  }

  /** A movement of an earlier day; null if that is before the first closed one. */
  private record Correction(@Nullable LocalDate day, Movement movement)
      implements Comparable<Correction> {
    private static final Comparator<Correction> ORDER =
        Comparator.<Correction, @Nullable LocalDate>comparing(
                correction -> correction.day, Comparator.nullsFirst(Comparator.naturalOrder()))
            .thenComparing(Correction::movement);

    @Override
    public int compareTo(Correction other) {
      return ORDER.compare(this, other);
    }
  }

  /** The balance of a position, and what moved it. */
  private static final class Statement {
    private final int scale;
    private final Sum opening;
    private final Map<Movement, Sum> movements = new EnumMap<>(Movement.class);
    private final Map<Correction, Sum> corrections = new TreeMap<>();
    private final Sum closing;

    Statement(int scale) {
      this.scale = scale;
      opening = new Sum(scale);
      closing = new Sum(scale);
    }

    Sum of(Movement movement) {
      return movements.computeIfAbsent(movement, any -> new Sum(scale));
    }

    Sum of(Correction correction) {
      return corrections.computeIfAbsent(correction, any -> new Sum(scale));
    }
  }

  private final List<LocalDate> days;
  private final boolean hasPrevious;
  private final Map<String, Integer> scales = new HashMap<>();
  private final Map<Position, Statement> statements = new TreeMap<>();
  private final Map<String, Map<String, Sum>> accounts = new TreeMap<>();

  private CloseFigures(List<LocalDate> days, boolean hasPrevious) {
    this.days = days;
    this.hasPrevious = hasPrevious;
  }

  /**
   * @param days the closed days, and the day of the report as the last one
   * @param hasPrevious whether there is an earlier close: then lines of earlier days that it had
   *     not counted are corrections
   */
  static JsonObject of(List<Lines> all, List<LocalDate> days, boolean hasPrevious) {
    CloseFigures figures = new CloseFigures(days, hasPrevious);
    for (Lines lines : all) {
      figures.scales.merge(lines.currency(), lines.amount().scale(), Math::max);
    }
    all.forEach(figures::add);
    return figures.json();
  }

  private void add(Lines lines) {
    int scale = Objects.requireNonNull(scales.get(lines.currency()));
    Sum account =
        accounts
            .computeIfAbsent(lines.account(), any -> new TreeMap<>())
            .computeIfAbsent(lines.currency(), any -> new Sum(scale));
    account.add(lines);
    account.count += lines.count();

    Statement statement =
        statements.computeIfAbsent(
            new Position(lines.gateway(), lines.gatewayAccount(), lines.currency()),
            any -> new Statement(scale));
    boolean isRounding = lines.account().equals(ROUNDING);
    Movement movement = isRounding ? Movement.ROUNDING : Movement.of(lines.kind());
    boolean isBalance =
        isRounding
            || lines.account().equals(RECEIVABLES)
            || lines.account().startsWith(RECEIVABLES + ":");
    if (!isBalance && !movement.isCountedBy(lines.account())) {
      return;
    }
    Sum moved = moved(statement, lines, movement);
    if (isBalance) {
      moved.add(lines);
      statement.closing.add(lines);
    }
    if (movement.isCountedBy(lines.account())) {
      moved.count += lines.count();
    }
  }

  private Sum moved(Statement statement, Lines lines, Movement movement) {
    if (lines.day() == days.size()) {
      return statement.of(movement);
    } else if (hasPrevious && !lines.isEarlier()) {
      return statement.of(
          new Correction(lines.day() == 0 ? null : days.get(lines.day() - 1), movement));
    }
    return statement.opening;
  }

  private JsonObject json() {
    JsonArray gateways = new JsonArray();
    statements.forEach((position, statement) -> gateways.add(json(position, statement)));
    JsonArray balances = new JsonArray();
    Map<String, BigDecimal> totals = new TreeMap<>();
    BigDecimal totalUsd = new BigDecimal("0.00");
    for (Map.Entry<String, Map<String, Sum>> account : accounts.entrySet()) {
      for (Map.Entry<String, Sum> balance : account.getValue().entrySet()) {
        balances.add(json(account.getKey(), balance.getKey(), balance.getValue()));
        totals.merge(balance.getKey(), balance.getValue().amount, BigDecimal::add);
        totalUsd = totalUsd.add(balance.getValue().amountUsd);
      }
    }
    JsonObject total = new JsonObject();
    totals.forEach((currency, sum) -> total.put(currency, sum.toPlainString()));
    return new JsonObject()
        .put("gateways", gateways)
        .put("accounts", balances)
        .put("accounts_total", total)
        .put("accounts_total_usd", totalUsd.toPlainString());
  }

  private static JsonObject json(Position position, Statement statement) {
    JsonArray movements = new JsonArray();
    statement.movements.forEach((movement, sum) -> movements.add(sum.movement(movement)));
    JsonArray corrections = new JsonArray();
    statement.corrections.forEach(
        (correction, sum) ->
            corrections.add(
                sum.movement(correction.movement())
                    .put("day", correction.day() == null ? null : correction.day().toString())));
    return new JsonObject()
        .put("gateway", position.gateway())
        .put("account", position.account())
        .put("currency", position.currency())
        .put("opening", statement.opening.balance())
        .put("movements", movements)
        .put("corrections", corrections)
        .put("closing", statement.closing.balance());
  }

  private static JsonObject json(String account, String currency, Sum sum) {
    BigDecimal zero = BigDecimal.ZERO.setScale(sum.amount.scale());
    BigDecimal zeroUsd = BigDecimal.ZERO.setScale(2);
    return new JsonObject()
        .put("account", account)
        .put("currency", currency)
        .put("debit", sum.amount.max(zero).toPlainString())
        .put("credit", sum.amount.negate().max(zero).toPlainString())
        .put("debit_usd", sum.amountUsd.max(zeroUsd).toPlainString())
        .put("credit_usd", sum.amountUsd.negate().max(zeroUsd).toPlainString())
        .put("lines", sum.count)
        .put("unconverted", sum.unconverted);
  }

  /** Returns the sums of all accounts that are not zero: there are none. */
  static List<String> unbalanced(JsonObject figures) {
    List<String> wrong = new ArrayList<>();
    figures
        .getJsonObject("accounts_total")
        .forEach(total -> addUnlessZero(wrong, total.getKey(), total.getValue().toString()));
    addUnlessZero(wrong, "US dollars", figures.getString("accounts_total_usd"));
    return wrong;
  }

  private static void addUnlessZero(List<String> wrong, String currency, String sum) {
    if (new BigDecimal(sum).signum() != 0) {
      wrong.add(sum + " " + currency);
    }
  }

  /**
   * Returns the balances of the gateways that are not zero, each with its name.
   *
   * @param side {@code opening} or {@code closing}
   */
  static Map<String, String> balances(JsonObject figures, String side) {
    Map<String, String> balances = new TreeMap<>();
    for (JsonObject gateway : CloseReport.objects(figures, "gateways")) {
      JsonObject balance = gateway.getJsonObject(side);
      for (String field : List.of("amount", "amount_usd")) {
        if (new BigDecimal(balance.getString(field)).signum() != 0) {
          balances.put(name(gateway) + ", " + field, balance.getString(field));
        }
      }
    }
    return balances;
  }

  /** Returns all figures, each with a name. */
  static Map<String, String> flat(JsonObject figures) {
    Map<String, String> flat = new TreeMap<>();
    for (JsonObject gateway : CloseReport.objects(figures, "gateways")) {
      String name = name(gateway) + ", ";
      put(flat, name + "opening", gateway.getJsonObject("opening"));
      put(flat, name + "closing", gateway.getJsonObject("closing"));
      for (JsonObject movement : CloseReport.objects(gateway, "movements")) {
        put(flat, name + movement.getString("kind"), movement);
      }
      for (JsonObject correction : CloseReport.objects(gateway, "corrections")) {
        put(
            flat,
            "%scorrection of %s, %s"
                .formatted(
                    name, correction.getString("day", "earlier"), correction.getString("kind")),
            correction);
      }
    }
    for (JsonObject account : CloseReport.objects(figures, "accounts")) {
      put(
          flat,
          "account %s %s".formatted(account.getString("account"), account.getString("currency")),
          account);
    }
    put(flat, "total", figures.getJsonObject("accounts_total"));
    flat.put("total, US dollars", figures.getString("accounts_total_usd"));
    return flat;
  }

  private static String name(JsonObject gateway) {
    String account = gateway.getString("account");
    return "%s%s %s"
        .formatted(
            gateway.getString("gateway"),
            account == null ? "" : ":" + account,
            gateway.getString("currency"));
  }

  private static void put(Map<String, String> flat, String name, JsonObject values) {
    for (Map.Entry<String, Object> value : values) {
      if (!List.of("kind", "day", "account", "currency").contains(value.getKey())) {
        flat.put(name + ", " + value.getKey(), String.valueOf(value.getValue()));
      }
    }
  }
}
