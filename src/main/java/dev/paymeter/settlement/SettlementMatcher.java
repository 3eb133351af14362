package dev.paymeter.settlement;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Compares lines with rows, and names what differs. A line has one exception at most, of the first
 * of these kinds that applies: no row, duplicate, another currency, several payouts, sign, amount,
 * fee, day. Safe from any thread.
 */
public final class SettlementMatcher {
  private final SettlementRules rules;
  private final ZoneId zone;

  public SettlementMatcher(SettlementRules rules) {
    this.rules = rules;
    this.zone = rules.period().zone();
  }

  /** Returns the exceptions of lines; none if all of them match. */
  public List<Discrepancy> match(LineGroup group) {
    LedgerRow row = group.row();
    List<Discrepancy> found = new ArrayList<>();
    Occurrences occurrences = new Occurrences();
    boolean isKnown = row != null && row.isSettled() && row.gateway().equals(rules.gateway());
    Parts parts = isKnown ? Parts.of(group, Objects.requireNonNull(row)) : Parts.NONE;
    Repetitions repetitions = parts == Parts.NONE ? Repetitions.of(group, row) : null;
    for (SettlementLine line : group.lines()) {
      int occurrence = occurrences.next(line);
      SettlementLine repeated = repetitions == null ? null : repetitions.of(line);
      if (repeated != null) {
        found.add(duplicate(line, repeated, row, occurrence));
      } else if (!line.type().isInLedger()) {
        net(line).ifPresent(fee -> found.add(fee.of(line, null, occurrence)));
      } else if (!isKnown) {
        found.add(unmatched(group, line).of(line, row, occurrence));
      } else {
        compare(line, Objects.requireNonNull(row), parts, occurrence).ifPresent(found::add);
      }
    }
    return found;
  }

  /** Returns the exception of a row without a line. */
  public Discrepancy missing(LedgerRow row) {
    Instant settledAt = Objects.requireNonNull(row.settledAt());
    String there =
        "The ledger has this %s of %s, settled at %s, and the file has no line of it"
            .formatted(row.type().words(), money(row), settledAt);
    boolean isEdge = rules.period().isEdge(settledAt, rules.dayBoundary());
    return new Discrepancy(
        isEdge ? ExceptionKind.DAY_BOUNDARY : ExceptionKind.MISSING_THERE,
        null,
        row,
        1,
        row.amount().abs(),
        row.currency(),
        isEdge
            ? there + ". This is so close to the edge of its period that another file may have it."
            : there + ".");
  }

  /** Difference between a line and its row. */
  private record Finding(
      ExceptionKind kind, BigDecimal atStake, @Nullable LedgerRow currencyOf, String explanation) {
    Discrepancy of(SettlementLine line, @Nullable LedgerRow row, int occurrence) {
      return new Discrepancy(
          kind,
          line,
          row,
          occurrence,
          atStake.abs(),
          currencyOf == null ? line.currency() : currencyOf.currency(),
          explanation);
    }
  }

  /** Ways in which several lines add up to the amount of their row. */
  private enum Parts {
    /** They do not, or there is one line only. */
    NONE,
    IN_ONE_PAYOUT,
    IN_SEVERAL_PAYOUTS;

    static Parts of(LineGroup group, LedgerRow row) {
      List<SettlementLine> all =
          Stream.concat(group.earlier().stream(), group.lines().stream()).toList();
      boolean isSum =
          all.size() > 1
              && all.stream().allMatch(line -> line.currency().equals(row.currency()))
              && all.stream()
                      .map(SettlementLine::amount)
                      .reduce(BigDecimal.ZERO, BigDecimal::add)
                      .compareTo(row.amount())
                  == 0;
      if (!isSum) {
        return NONE;
      }
      return all.stream().map(SettlementLine::payout).distinct().count() == 1
          ? IN_ONE_PAYOUT
          : IN_SEVERAL_PAYOUTS;
    }
  }

  /** Numbers equal lines. */
  private static final class Occurrences {
    private final Map<List<Object>, Integer> numbers = new HashMap<>();

    int next(SettlementLine line) {
      return numbers.merge(
          List.of(
              line.amount().stripTrailingZeros(),
              line.currency(),
              line.booked().day(),
              line.payout()),
          1,
          Integer::sum);
    }
  }

  /** Finds the line that another one repeats. Lines without a reference repeat none. */
  private static final class Repetitions {
    /** The line that is compared with the row. */
    private final SettlementLine first;

    private final @Nullable LedgerRow row;
    private final Map<List<Object>, SettlementLine> byAmount = new HashMap<>();

    private Repetitions(SettlementLine first, @Nullable LedgerRow row) {
      this.first = first;
      this.row = row;
      byAmount.put(amount(first), first);
    }

    static Repetitions of(LineGroup group, @Nullable LedgerRow row) {
      List<SettlementLine> all =
          Stream.concat(group.earlier().stream(), group.lines().stream()).toList();
      Repetitions repetitions =
          new Repetitions(
              all.stream()
                  .filter(line -> row != null && hasAmountOf(line, row))
                  .findFirst()
                  .orElse(all.get(0)),
              row);
      group.earlier().forEach(repetitions::of);
      return repetitions;
    }

    /** Returns the line that this one repeats; null if it repeats none before it. */
    @Nullable SettlementLine of(SettlementLine line) {
      if (line == first || line.reference().isEmpty()) {
        return null;
      }
      SettlementLine before = byAmount.putIfAbsent(amount(line), line);
      return before == null && row != null && hasAmountOf(line, row) ? first : before;
    }

    private static List<Object> amount(SettlementLine line) {
      return List.of(line.currency(), line.amount().stripTrailingZeros());
    }
  }

  private static boolean hasAmountOf(SettlementLine line, LedgerRow row) {
    return line.currency().equals(row.currency()) && line.amount().compareTo(row.amount()) == 0;
  }

  private static Discrepancy duplicate(
      SettlementLine line, SettlementLine repeated, @Nullable LedgerRow row, int occurrence) {
    return new Finding(
            ExceptionKind.DUPLICATE,
            line.amount(),
            null,
            "The gateway has booked this %s of %s before, on %s%s."
                .formatted(
                    line.type().words(),
                    money(line),
                    repeated.booked().text(),
                    repeated.payout().equals(line.payout()) || repeated.payout().isEmpty()
                        ? ""
                        : ", in payout " + repeated.payout()))
        .of(line, row, occurrence);
  }

  /** Names a line that the ledger does not have, or not as settled. */
  private Finding unmatched(LineGroup group, SettlementLine line) {
    LedgerRow row = group.row();
    String type = line.type().words();
    if (row != null && !row.gateway().equals(rules.gateway())) {
      return new Finding(
          ExceptionKind.MISSING_HERE,
          line.amount(),
          null,
          "The ledger has this %s at the gateway %s.".formatted(type, row.gateway()));
    }
    boolean hasMoved = line.type() == LineType.DISPUTE;
    if (row != null) {
      return new Finding(
          hasMoved ? ExceptionKind.CHARGEBACK : ExceptionKind.MISSING_HERE,
          line.amount(),
          null,
          "The gateway has booked this %s of %s, and the ledger has it as %s."
              .formatted(type, money(line), row.status()));
    }
    if (line.type() == LineType.REFUND && !group.hasPayment()) {
      return new Finding(
          ExceptionKind.REFUND_WITHOUT_PAYMENT,
          line.amount(),
          null,
          "The ledger has neither this refund of %s nor %s."
              .formatted(
                  money(line),
                  line.payment().isEmpty() ? "a payment of it" : "its payment " + line.payment()));
    }
    if (hasMoved && group.hasPayment()) {
      return new Finding(
          ExceptionKind.CHARGEBACK,
          line.amount(),
          null,
          "The gateway has withdrawn %s for the payment %s, and the ledger has no such dispute."
              .formatted(money(line), line.payment()));
    }
    return new Finding(
        ExceptionKind.MISSING_HERE,
        line.amount(),
        null,
        "The gateway has booked this %s of %s, and the ledger has none with this reference%s."
            .formatted(
                type,
                money(line),
                group.hasPayment() ? ", but its payment " + line.payment() : ""));
  }

  private Optional<Discrepancy> compare(
      SettlementLine line, LedgerRow row, Parts parts, int occurrence) {
    return currency(line, row)
        .or(() -> split(line, row, parts))
        .or(() -> parts == Parts.NONE ? amount(line, row) : Optional.empty())
        .or(() -> net(line))
        .or(() -> parts == Parts.NONE ? tariff(line) : Optional.empty())
        .or(() -> day(line, row))
        .map(finding -> finding.of(line, row, occurrence));
  }

  private static Optional<Finding> currency(SettlementLine line, LedgerRow row) {
    return line.currency().equals(row.currency())
        ? Optional.empty()
        : Optional.of(
            new Finding(
                ExceptionKind.DIFFERENT_CURRENCY,
                row.amount(),
                row,
                "The ledger has %s, the gateway has booked %s."
                    .formatted(money(row), money(line))));
  }

  private static Optional<Finding> split(SettlementLine line, LedgerRow row, Parts parts) {
    return parts != Parts.IN_SEVERAL_PAYOUTS
        ? Optional.empty()
        : Optional.of(
            new Finding(
                ExceptionKind.SPLIT_BATCH,
                line.amount(),
                null,
                "The gateway has booked %s in parts in several payouts, this one%s with %s."
                    .formatted(
                        money(row),
                        line.payout().isEmpty() ? "" : " in " + line.payout(),
                        money(line))));
  }

  private static Optional<Finding> amount(SettlementLine line, LedgerRow row) {
    BigDecimal difference = line.amount().subtract(row.amount());
    if (difference.signum() == 0) {
      return Optional.empty();
    }
    BigDecimal fee = line.fee();
    String both = "The ledger has %s, the gateway has booked %s".formatted(money(row), money(line));
    if (line.amount().negate().compareTo(row.amount()) == 0) {
      return Optional.of(
          new Finding(
              ExceptionKind.SIGN,
              difference,
              null,
              both + ": the opposite of what a " + line.type().words() + " moves."));
    }
    if (fee != null && fee.signum() != 0 && difference.negate().compareTo(fee) == 0) {
      return Optional.of(
          new Finding(
              ExceptionKind.FEE,
              difference,
              null,
              both + ": the amount after its fee of " + fee.toPlainString() + "."));
    }
    if (difference.abs().compareTo(minorUnit(line)) == 0) {
      return Optional.of(
          new Finding(
              ExceptionKind.ROUNDING, difference, null, both + ": one minor unit of difference."));
    }
    return Optional.of(
        new Finding(
            ExceptionKind.DIFFERENT_AMOUNT,
            difference,
            null,
            both + ": a difference of " + difference.abs().toPlainString() + "."));
  }

  private static BigDecimal minorUnit(SettlementLine line) {
    return BigDecimal.ONE.movePointLeft(line.currency().getDefaultFractionDigits());
  }

  /** Compares amount, fee and net amount of the line itself. */
  private static Optional<Finding> net(SettlementLine line) {
    if (line.fee() == null || line.net() == null) {
      return Optional.empty();
    }
    BigDecimal expected = line.amount().subtract(line.fee());
    BigDecimal difference = line.net().subtract(expected);
    return difference.signum() == 0
        ? Optional.empty()
        : Optional.of(
            new Finding(
                ExceptionKind.FEE,
                difference,
                null,
                "The net amount is %s, but %s less the fee of %s is %s."
                    .formatted(
                        line.net().toPlainString(),
                        line.amount().toPlainString(),
                        line.fee().toPlainString(),
                        expected.toPlainString())));
  }

  private Optional<Finding> tariff(SettlementLine line) {
    BigDecimal fee = line.fee();
    if (line.type() != LineType.PAYMENT || fee == null) {
      return Optional.empty();
    }
    return rules
        .tariff(line.currency().getCurrencyCode())
        .filter(tariff -> !tariff.isFee(fee, line.amount(), line.currency()))
        .map(
            tariff -> {
              BigDecimal exact = tariff.exactFee(line.amount());
              return new Finding(
                  ExceptionKind.FEE,
                  fee.subtract(exact),
                  null,
                  "The fee of %s is %s, and %s of it is %s."
                      .formatted(
                          money(line),
                          fee.toPlainString(),
                          tariff,
                          exact.stripTrailingZeros().toPlainString()));
            });
  }

  private Optional<Finding> day(SettlementLine line, LedgerRow row) {
    Instant settledAt = Objects.requireNonNull(row.settledAt());
    LocalDate settled = LocalDate.ofInstant(settledAt, zone);
    LocalDate booked = line.booked().day();
    String both =
        "The ledger has it settled at %s, the gateway has booked it on %s"
            .formatted(settledAt, line.booked().text());
    if (isDayBoundary(settledAt, settled, booked)) {
      return finding(
          ExceptionKind.DAY_BOUNDARY,
          row,
          both + ": another day, because it was close to midnight.");
    }
    if (row.unknownSince() != null
        && booked.isBefore(settled)
        && !isBeforeCreation(line.booked(), row)) {
      return finding(
          ExceptionKind.SETTLED_LATER,
          row,
          both + ": its outcome was unknown here since " + row.unknownSince() + ".");
    }
    return line.booked().earliest(zone).isAfter(settledAt.plus(rules.lateAfter()))
        ? finding(
            ExceptionKind.LATE,
            row,
            both + ": more than " + rules.lateAfter().toString().substring(1) + " later.")
        : Optional.empty();
  }

  private static Optional<Finding> finding(ExceptionKind kind, LedgerRow row, String explanation) {
    return Optional.of(new Finding(kind, row.amount(), row, explanation));
  }

  /** The two days are neighbours, and the row is close to the midnight between them. */
  private boolean isDayBoundary(Instant settledAt, LocalDate settled, LocalDate booked) {
    if (!booked.equals(settled.plusDays(1)) && !booked.equals(settled.minusDays(1))) {
      return false;
    }
    LocalDate later = booked.isAfter(settled) ? booked : settled;
    return Period.isWithin(settledAt, later.atStartOfDay(zone).toInstant(), rules.dayBoundary());
  }

  private boolean isBeforeCreation(BookingTime booked, LedgerRow row) {
    return booked.instant() == null
        ? booked.day().isBefore(LocalDate.ofInstant(row.createdAt(), zone))
        : booked.instant().isBefore(row.createdAt());
  }

  private static String money(SettlementLine line) {
    return line.amount().toPlainString() + " " + line.currency().getCurrencyCode();
  }

  private static String money(LedgerRow row) {
    return row.amount().toPlainString() + " " + row.currency().getCurrencyCode();
  }
}
