package dev.paymeter.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.paymeter.app.config.ExchangeRateFile;
import dev.paymeter.payment.ExchangeRates;
import dev.paymeter.support.payment.ManualClock;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Currency;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Checks the reload of exchange rates; the clock is at 2026-03-04, shortly after 05:00. */
class ExchangeRateReloaderTest {
  private static final Currency USD = Currency.getInstance("USD");
  private static final Currency EUR = Currency.getInstance("EUR");
  private static final Currency JPY = Currency.getInstance("JPY");
  private static final String FIRST =
      "USD,1,2026-01-01\nEUR,1.01,2026-03-02\nJPY,0.006,2026-03-03\n";
  private static final String SECOND = FIRST.replace("1.01,2026-03-02", "1.02,2026-03-04");

  @TempDir Path directory;
  private final ManualClock clock = new ManualClock();
  private final ExchangeRates exchangeRates = ExchangeRateFile.parse(FIRST);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger("dev.paymeter");
  private Path file;
  private ExchangeRateReloader reloader;

  @BeforeEach
  void create() throws IOException {
    file = Files.writeString(directory.resolve("rates.csv"), FIRST);
    reloader = new ExchangeRateReloader(file, exchangeRates, List.of(USD, EUR, JPY), clock);
    lines.start();
    logger.addAppender(lines);
    logger.setLevel(Level.INFO);
  }

  @AfterEach
  void detach() {
    logger.detachAppender(lines);
    logger.setLevel(null); // inherited
  }

  private BigDecimal euro() {
    return exchangeRates.find(EUR).orElseThrow().usd();
  }

  private boolean isSuccessful() {
    return reloader.status().successful().getAsBoolean();
  }

  private List<String> log() {
    return lines.list.stream()
        .map(line -> line.getLevel() + " " + line.getFormattedMessage())
        .toList();
  }

  @Test
  void check_unchangedFile_changesAndLogsNothing() {
    reloader.watcher().check();
    reloader.watcher().check();

    assertThat(euro()).isEqualByComparingTo("1.01");
    assertThat(isSuccessful()).isTrue();
    assertThat(log()).isEmpty();
  }

  @Test
  void check_fileRenamedIntoPlace_appliesAllRates() throws IOException {
    ExchangeRates.Rate before = exchangeRates.find(EUR).orElseThrow();
    Path draft = Files.writeString(directory.resolve("draft"), SECOND);
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);

    reloader.watcher().check();

    assertThat(exchangeRates.find(EUR))
        .contains(new ExchangeRates.Rate(new BigDecimal("1.02"), LocalDate.of(2026, 3, 4)));
    assertThat(before)
        .isEqualTo(new ExchangeRates.Rate(new BigDecimal("1.01"), LocalDate.of(2026, 3, 2)));
    assertThat(log())
        .containsExactly("INFO Loaded exchange rates from " + file + ", oldest date: 2026-03-03");
  }

  @Test
  void check_newContentWithSameSizeAndTime_isDetected() throws IOException {
    FileTime time = Files.getLastModifiedTime(file);
    reloader.watcher().check();
    Files.writeString(file, SECOND);
    Files.setLastModifiedTime(file, time);

    reloader.watcher().check();

    assertThat(euro()).isEqualByComparingTo("1.02");
  }

  /** Kubernetes updates a ConfigMap like this: the file is a link into a linked directory. */
  @Test
  void check_linkedDirectoryReplaced_isDetected() throws IOException {
    for (String version : List.of("..1", "..2")) {
      Files.createDirectory(directory.resolve(version));
    }
    Files.writeString(directory.resolve("..1/fx.csv"), FIRST);
    Files.writeString(directory.resolve("..2/fx.csv"), SECOND);
    Files.createSymbolicLink(directory.resolve("..data"), Path.of("..1"));
    Path link = Files.createSymbolicLink(directory.resolve("fx.csv"), Path.of("..data", "fx.csv"));
    ExchangeRateReloader linked =
        new ExchangeRateReloader(link, exchangeRates, List.of(USD, EUR, JPY), clock);
    linked.watcher().check();
    Files.createSymbolicLink(directory.resolve("..data_tmp"), Path.of("..2"));
    Files.move(
        directory.resolve("..data_tmp"),
        directory.resolve("..data"),
        StandardCopyOption.ATOMIC_MOVE);

    linked.watcher().check();

    assertThat(euro()).isEqualByComparingTo("1.02");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", // being written
        "USD,1,2026-01-01\nEUR,1.02,2026-03-04\n", // no JPY
        "USD,1,2026-01-01\nEUR,1.02,2026-03-04\nJPY,0.006,2026-03-", // incomplete
        "USD,1,2026-01-01\nEUR,1.02,2026-03-06\nJPY,0.006,2026-03-03\n", // future date
        "USD,1,2026-01-01\nEUR,1.02,2026-03-04\nJPY,0,2026-03-03\n"
      })
  void check_invalidFile_keepsTheRatesAndLogsOnce(String text) throws IOException {
    Files.writeString(file, text);

    reloader.watcher().check();
    reloader.watcher().check();

    assertThat(exchangeRates.hasSameRates(ExchangeRateFile.parse(FIRST))).isTrue();
    assertThat(isSuccessful()).isFalse();
    assertThat(log())
        .singleElement()
        .asString()
        .startsWith("ERROR Cannot use the exchange rates in " + file + ": ")
        .endsWith(". Keeping the previous values");
  }

  @Test
  void check_dateOfTomorrow_isAccepted() throws IOException {
    Files.writeString(file, SECOND.replace("2026-03-04", "2026-03-05"));

    reloader.watcher().check();

    assertThat(euro()).isEqualByComparingTo("1.02");
    assertThat(reloader.status().ageSeconds().getAsDouble()).isPositive(); // that of JPY
  }

  @Test
  void check_invalidThenCorrected_appliesThemAndLogs() throws IOException {
    Files.writeString(file, "EUR");
    reloader.watcher().check();
    clock.advance(Duration.ofSeconds(5));
    Instant corrected = clock.instant();
    Files.writeString(file, SECOND);

    reloader.watcher().check();

    assertThat(euro()).isEqualByComparingTo("1.02");
    assertThat(isSuccessful()).isTrue();
    assertThat(reloader.status().lastSuccess().getAsDouble()).isEqualTo(corrected.getEpochSecond());
    assertThat(log()).last().asString().endsWith("can be used again");
  }

  @Test
  void check_anotherError_isLoggedToo() throws IOException {
    Files.writeString(file, "EUR");
    reloader.watcher().check();
    Files.writeString(file, "JPY");

    reloader.watcher().check();

    assertThat(log()).hasSize(2);
  }

  @Test
  void check_fileMissingOrDirectory_keepsTheRates() throws IOException {
    Files.delete(file);
    reloader.watcher().check();
    Files.createDirectory(file);
    reloader.watcher().check();

    assertThat(euro()).isEqualByComparingTo("1.01");
    assertThat(isSuccessful()).isFalse();
    assertThat(reloader.status().lastSuccess().getAsDouble())
        .isEqualTo(clock.instant().getEpochSecond()); // time of the start
  }

  @Test
  void check_tooLargeFile_isRejected() throws IOException {
    Files.writeString(file, "#".repeat((1 << 20) + 1));

    reloader.watcher().check();

    assertThat(log()).singleElement().asString().contains("more than 1048576 bytes");
  }

  @Test
  void age_severalRates_isThatOfTheOldestExceptUsd() {
    double today = Duration.ofHours(5).plusMinutes(6).plusMillis(7_123).toMillis() / 1000.0;

    assertThat(reloader.status().ageSeconds().getAsDouble())
        .isCloseTo(2 * 86_400 + today, offset(0.001));
    assertThat(
            ExchangeRateReloader.fixedStatus(
                    exchangeRates, List.of(USD, JPY), clock, clock.instant())
                .ageSeconds()
                .getAsDouble())
        .isCloseTo(86_400 + today, offset(0.001));
    assertThat(
            ExchangeRateReloader.fixedStatus(exchangeRates, List.of(USD), clock, clock.instant())
                .ageSeconds()
                .getAsDouble())
        .isZero();
  }
}
