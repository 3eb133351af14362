package dev.paymeter.support.settlement;

import static java.util.stream.Collectors.groupingBy;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.Currency;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The definitions of all kinds, each as a plain condition on a ledger's entry and its lines. They
 * share no code with the generator, and find all kinds that apply instead of the first one.
 */
final class DiscrepancyDefinitions {
  private static final Duration LATE_AFTER = Duration.ofDays(5);
  private static final Duration BOUNDARY = Duration.ofMinutes(15);

  private final SettlementScenario scenario;
  private final ZoneId zone;
  private final Instant start;
  private final Instant end;
  private final Map<String, String> canonical;
  private final Set<String> payments = new HashSet<>();
  private final Map<String, Set<DiscrepancyKind>> found = new TreeMap<>();

  private DiscrepancyDefinitions(SettlementScenario scenario) {
    this.scenario = scenario;
    zone = scenario.plan().zone();
    start = start(scenario.plan().from());
    end = start(scenario.plan().to().plusDays(1));
    canonical = scenario.canonicalReferences();
    scenario.payments().forEach(payment -> payments.add(payment.gatewayReference()));
  }

  /** Returns all kinds that apply to a reference at the gateway, for references with any. */
  static Map<String, Set<DiscrepancyKind>> find(SettlementScenario scenario) {
    DiscrepancyDefinitions definitions = new DiscrepancyDefinitions(scenario);
    definitions.apply();
    return definitions.found;
  }

  private record Key(String reference, String type) {}

  /** The date of a line: a time, or all times of a day. */
  private record Booked(LocalDate day, Instant first, Instant last) {}

  private void apply() {
    Map<Key, List<FileLine>> lines =
        scenario.lines().stream()
            .filter(line -> !line.type().equals("fee"))
            .collect(groupingBy(line -> new Key(canonical(line.reference()), line.type())));
    Map<Key, LedgerEntry> entries = new HashMap<>();
    for (LedgerEntry entry : LedgerEntry.of(scenario)) {
      Key key = new Key(entry.reference(), entry.type());
      entries.put(key, entry);
      if (!lines.containsKey(key)) {
        applyWithoutLine(entry);
      }
    }
    lines.forEach(
        (key, ofKey) -> {
          LedgerEntry entry = entries.get(key);
          if (entry == null) {
            applyWithoutEntry(ofKey);
          } else {
            apply(entry, ofKey);
          }
        });
  }

  private void applyWithoutLine(LedgerEntry entry) {
    if (entry.at().isBefore(start) || !entry.at().isBefore(end)) {
      return;
    }
    boolean isAtEdge = isWithin(start, entry.at()) || isWithin(entry.at(), end);
    found(
        entry.reference(), isAtEdge ? DiscrepancyKind.DAY_BOUNDARY : DiscrepancyKind.MISSING_THERE);
  }

  private void applyWithoutEntry(List<FileLine> lines) {
    for (FileLine line : lines) {
      boolean isPaymentKnown = payments.contains(canonical(line.payment()));
      found(
          line.reference(),
          switch (line.type()) {
            case "dispute" ->
                isPaymentKnown ? DiscrepancyKind.CHARGEBACK : DiscrepancyKind.MISSING_HERE;
            case "refund" ->
                isPaymentKnown
                    ? DiscrepancyKind.MISSING_HERE
                    : DiscrepancyKind.REFUND_WITHOUT_PAYMENT;
            default -> DiscrepancyKind.MISSING_HERE;
          });
    }
  }

  private void apply(LedgerEntry entry, List<FileLine> lines) {
    lines.forEach(line -> applyDates(entry, line));
    if (lines.size() == 1) {
      applyAmounts(entry, lines.get(0));
      return;
    }
    if (lines.stream().allMatch(line -> isEqual(line.amount(), entry.amount()))) {
      found(entry.reference(), DiscrepancyKind.DUPLICATE);
      return;
    }
    BigDecimal sum = lines.stream().map(FileLine::amount).reduce(BigDecimal.ZERO, BigDecimal::add);
    long payouts = lines.stream().map(FileLine::payout).distinct().count();
    if (payouts != lines.size() || !isEqual(sum, entry.amount())) {
      throw new AssertionError(entry + " has lines that do not add up: " + lines);
    }
    found(entry.reference(), DiscrepancyKind.SPLIT_BATCH);
  }

  private void applyAmounts(LedgerEntry entry, FileLine line) {
    String reference = entry.reference();
    BigDecimal amount = line.amount();
    BigDecimal fee = line.fee();
    BigDecimal net = line.net();
    if (!line.currency().equals(entry.currency())) {
      found(reference, DiscrepancyKind.DIFFERENT_CURRENCY);
      return;
    }
    int digits = Currency.getInstance(entry.currency()).getDefaultFractionDigits();
    BigDecimal difference = amount.subtract(entry.amount()).abs().movePointRight(digits);
    boolean isBookedNet =
        fee != null && fee.signum() > 0 && isEqual(amount, entry.amount().subtract(fee));
    boolean isOpposite = isEqual(amount, entry.amount().negate());
    if (isBookedNet
        || fee != null && line.type().equals("payment") && !isAgreed(fee, amount.abs(), digits)
        || net != null && !isEqual(net, amount.subtract(fee == null ? BigDecimal.ZERO : fee))) {
      found(reference, DiscrepancyKind.FEE);
    }
    if (isOpposite) {
      found(reference, DiscrepancyKind.SIGN);
    } else if (isEqual(difference, BigDecimal.ONE)) {
      found(reference, DiscrepancyKind.ROUNDING);
    } else if (difference.signum() != 0 && !isBookedNet) {
      found(reference, DiscrepancyKind.DIFFERENT_AMOUNT);
    }
  }

  private static boolean isAgreed(BigDecimal fee, BigDecimal amount, int digits) {
    BigDecimal exact = amount.multiply(new BigDecimal("0.029")).add(new BigDecimal("0.3"));
    return isEqual(fee, exact.setScale(digits, RoundingMode.HALF_UP));
  }

  private void applyDates(LedgerEntry entry, FileLine line) {
    Booked booked = booked(line.date());
    LocalDate day = entry.at().atZone(zone).toLocalDate();
    boolean isAtBoundary =
        booked.day().equals(day.plusDays(1)) && isWithin(entry.at(), start(booked.day()))
            || booked.day().equals(day.minusDays(1)) && isWithin(start(day), entry.at());
    if (isAtBoundary) {
      found(entry.reference(), DiscrepancyKind.DAY_BOUNDARY);
    } else if (booked.day().isBefore(day)) {
      // Nothing else explains an earlier day.
      found(entry.reference(), DiscrepancyKind.SETTLED_LATER);
      if (entry.unknownSince() == null || booked.last().isBefore(entry.createdAt())) {
        throw new AssertionError(entry + " was booked too early: " + line);
      }
    }
    boolean isLateIfAtLast = booked.last().isAfter(entry.at().plus(LATE_AFTER));
    boolean isLateIfAtFirst = booked.first().isAfter(entry.at().plus(LATE_AFTER));
    if (isLateIfAtLast != isLateIfAtFirst) {
      throw new AssertionError(entry + " may be late or not: " + line);
    }
    if (isLateIfAtFirst) {
      found(entry.reference(), DiscrepancyKind.LATE);
    }
  }

  /** Returns whether the second time is at most 15 minutes after the first one. */
  private static boolean isWithin(Instant first, Instant second) {
    return Duration.between(first, second).compareTo(BOUNDARY) <= 0;
  }

  private Booked booked(String date) {
    if (date.length() == "2026-01-01".length()) {
      LocalDate day = LocalDate.parse(date);
      return new Booked(day, start(day), start(day.plusDays(1)).minusMillis(1));
    }
    Instant time = OffsetDateTime.parse(date).toInstant();
    return new Booked(time.atZone(zone).toLocalDate(), time, time);
  }

  private Instant start(LocalDate day) {
    return day.atStartOfDay(zone).toInstant();
  }

  private @Nullable String canonical(String reference) {
    return canonical.getOrDefault(reference, reference);
  }

  private void found(String reference, DiscrepancyKind kind) {
    found.computeIfAbsent(reference, none -> EnumSet.noneOf(DiscrepancyKind.class)).add(kind);
  }

  private static boolean isEqual(BigDecimal first, BigDecimal second) {
    return first.compareTo(second) == 0;
  }
}
