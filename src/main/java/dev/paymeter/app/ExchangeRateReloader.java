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

/** Applies new exchange rates when the content of their file changes. Invalid files are ignored. */
final class ExchangeRateReloader {
  private static final Logger log = LoggerFactory.getLogger(ExchangeRateReloader.class);

  private final Path file;
  private final ExchangeRates exchangeRates;
  private final List<Currency> inUse;
  private final Clock clock;
  private final FileWatcher<String> fileWatcher;

  /**
   * @param exchangeRates rates of the first read of the file; updated when the file changes
   * @param inUse currencies that need a rate
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
            text -> replace(ExchangeRateFile.parse(text)),
            clock);
  }

  /**
   * Returns the status of rates that are never replaced.
   *
   * @param since time at which they were read
   */
  static ExchangeRateStatus fixedStatus(
      ExchangeRates exchangeRates, List<Currency> inUse, Clock clock, Instant since) {
    return new ExchangeRateStatus(
        () -> age(exchangeRates, inUse, clock), () -> true, since::getEpochSecond);
  }

  ExchangeRateStatus status() {
    return new ExchangeRateStatus(
        () -> age(exchangeRates, inUse, clock),
        fileWatcher::isSuccessful,
        () -> fileWatcher.lastSuccess().getEpochSecond());
  }

  /** Returns the seconds since the UTC day of the oldest rate in use began; 0 if there is none. */
  private static double age(ExchangeRates exchangeRates, List<Currency> inUse, Clock clock) {
    return exchangeRates
        .oldestDate(inUse)
        .map(day -> Duration.between(day.atStartOfDay(ZoneOffset.UTC).toInstant(), clock.instant()))
        .map(age -> Math.max(0, age.toMillis() / 1000.0))
        .orElse(0.0);
  }

  /** Returns the watcher, which the caller starts. */
  FileWatcher<String> watcher() {
    return fileWatcher;
  }

  private void replace(ExchangeRates newer) {
    List<String> errors =
        ExchangeRateFile.errors(newer, inUse, LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC));
    if (!errors.isEmpty()) {
      throw new IllegalArgumentException(
          "expected a rate for each of payments.currencies, found " + String.join(", ", errors));
    }
    if (!exchangeRates.hasSameRates(newer)) {
      exchangeRates.replaceWith(newer);
      log.info(
          "Loaded exchange rates from {}, oldest date: {}",
          file,
          newer.oldestDate(inUse).map(LocalDate::toString).orElse("none, as only USD is in use"));
    }
  }
}
