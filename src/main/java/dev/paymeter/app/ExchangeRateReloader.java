package dev.paymeter.app;

import dev.paymeter.app.config.ExchangeRateFile;
import dev.paymeter.app.config.TextFile;
import dev.paymeter.metrics.ExchangeRateStatus;
import dev.paymeter.payment.ExchangeRates;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Currency;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes over new rates when their file says something else than before. A file that cannot be used
 * changes nothing.
 */
final class ExchangeRateReloader {
  private static final Logger log = LoggerFactory.getLogger(ExchangeRateReloader.class);

  private final Path file;
  private final ExchangeRates exchangeRates;
  private final List<Currency> inUse;
  private final Clock clock;
  private final FileWatcher<String> fileWatcher;

  /**
   * @param exchangeRates what the file said when it was read first; gets what it says later
   * @param inUse the currencies that need a rate
   */
  ExchangeRateReloader(Path file, ExchangeRates exchangeRates, List<Currency> inUse, Clock clock) {
    this.file = file;
    this.exchangeRates = exchangeRates;
    this.inUse = List.copyOf(inUse);
    this.clock = clock;
    this.fileWatcher =
        new FileWatcher<>(
            "exchange rates in " + file,
            () -> TextFile.read(file),
            text -> take(ExchangeRateFile.parse(text)),
            clock);
  }

  /**
   * Of rates that nobody replaces.
   *
   * @param since when they were read
   */
  static ExchangeRateStatus neverReloaded(
      ExchangeRates exchangeRates, List<Currency> inUse, Clock clock, Instant since) {
    return new ExchangeRateStatus(
        () -> age(exchangeRates, inUse, clock), () -> true, since::getEpochSecond);
  }

  ExchangeRateStatus readings() {
    return new ExchangeRateStatus(
        () -> age(exchangeRates, inUse, clock),
        fileWatcher::isSuccessful,
        () -> fileWatcher.lastSuccess().getEpochSecond());
  }

  /** Seconds since the day of the oldest rate in use began in UTC; 0 where there is none. */
  private static double age(ExchangeRates exchangeRates, List<Currency> inUse, Clock clock) {
    return exchangeRates
        .oldest(inUse)
        .map(day -> Duration.between(day.atStartOfDay(ZoneOffset.UTC).toInstant(), clock.instant()))
        .map(age -> Math.max(0, age.toMillis() / 1000.0))
        .orElse(0.0);
  }

  /** To be looked at in an interval. */
  FileWatcher<String> reload() {
    return fileWatcher;
  }

  private void take(ExchangeRates newer) {
    List<String> faults =
        ExchangeRateFile.faults(newer, inUse, LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC));
    if (!faults.isEmpty()) {
      throw new IllegalArgumentException(
          "wanted a rate for each of payments.currencies, found " + String.join(", ", faults));
    }
    if (!exchangeRates.isAlike(newer)) {
      exchangeRates.replaceBy(newer);
      log.info("New exchange rates from {}: the oldest is of {}", file, oldest());
    }
  }

  private String oldest() {
    return exchangeRates
        .oldest(inUse)
        .map(LocalDate::toString)
        .orElse("no day, for all is in dollars");
  }
}
