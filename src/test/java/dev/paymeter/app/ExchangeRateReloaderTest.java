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

/** Today is 2026-03-04, shortly after five. */
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
  private ExchangeRateReloader reload;

  @BeforeEach
  void create() throws IOException {
    file = Files.writeString(directory.resolve("rates.csv"), FIRST);
    reload = new ExchangeRateReloader(file, exchangeRates, List.of(USD, EUR, JPY), clock);
    lines.start();
    logger.addAppender(lines);
    logger.setLevel(Level.INFO);
  }

  @AfterEach
  void detach() {
    logger.detachAppender(lines);
    logger.setLevel(null); // As its parents'.
  }

  private BigDecimal euro() {
    return exchangeRates.find(EUR).orElseThrow().usd();
  }

  private boolean isSuccessful() {
    return reload.readings().successful().getAsBoolean();
  }

  private List<String> log() {
    return lines.list.stream()
        .map(line -> line.getLevel() + " " + line.getFormattedMessage())
        .toList();
  }

  @Test
  void look_nothingNew_changesAndSaysNothing() {
    reload.reload().look();
    reload.reload().look();

    assertThat(euro()).isEqualByComparingTo("1.01");
    assertThat(isSuccessful()).isTrue();
    assertThat(log()).isEmpty();
  }

  @Test
  void look_fileRenamedIntoPlace_takesAllOfItsRates() throws IOException {
    ExchangeRates.Rate before = exchangeRates.find(EUR).orElseThrow();
    Path draft = Files.writeString(directory.resolve("draft"), SECOND);
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);

    reload.reload().look();

    assertThat(exchangeRates.find(EUR))
        .contains(new ExchangeRates.Rate(new BigDecimal("1.02"), LocalDate.of(2026, 3, 4)));
    assertThat(before)
        .isEqualTo(new ExchangeRates.Rate(new BigDecimal("1.01"), LocalDate.of(2026, 3, 2)));
    assertThat(log())
        .containsExactly("INFO Loaded exchange rates from " + file + ", oldest date: 2026-03-03");
  }

  /** Neither its size nor its time says that it is another one. */
  @Test
  void look_sameSizeAndTime_isNoticedAllTheSame() throws IOException {
    FileTime time = Files.getLastModifiedTime(file);
    reload.reload().look();
    Files.writeString(file, SECOND);
    Files.setLastModifiedTime(file, time);

    reload.reload().look();

    assertThat(euro()).isEqualByComparingTo("1.02");
  }

  /** As Kubernetes renews a ConfigMap: the file is a link into a directory that is a link. */
  @Test
  void look_linkedDirectoryIsSwapped_isNoticed() throws IOException {
    for (String version : List.of("..1", "..2")) {
      Files.createDirectory(directory.resolve(version));
    }
    Files.writeString(directory.resolve("..1/fx.csv"), FIRST);
    Files.writeString(directory.resolve("..2/fx.csv"), SECOND);
    Files.createSymbolicLink(directory.resolve("..data"), Path.of("..1"));
    Path link = Files.createSymbolicLink(directory.resolve("fx.csv"), Path.of("..data", "fx.csv"));
    ExchangeRateReloader linked =
        new ExchangeRateReloader(link, exchangeRates, List.of(USD, EUR, JPY), clock);
    linked.reload().look();
    Files.createSymbolicLink(directory.resolve("..data_tmp"), Path.of("..2"));
    Files.move(
        directory.resolve("..data_tmp"),
        directory.resolve("..data"),
        StandardCopyOption.ATOMIC_MOVE);

    linked.reload().look();

    assertThat(euro()).isEqualByComparingTo("1.02");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", // as while it is written
        "USD,1,2026-01-01\nEUR,1.02,2026-03-04\n", // no yen
        "USD,1,2026-01-01\nEUR,1.02,2026-03-04\nJPY,0.006,2026-03-", // half of it
        "USD,1,2026-01-01\nEUR,1.02,2026-03-06\nJPY,0.006,2026-03-03\n", // a day to come
        "USD,1,2026-01-01\nEUR,1.02,2026-03-04\nJPY,0,2026-03-03\n"
      })
  void look_brokenFile_leavesTheRates_andSaysSoOnce(String text) throws IOException {
    Files.writeString(file, text);

    reload.reload().look();
    reload.reload().look();

    assertThat(exchangeRates.isAlike(ExchangeRateFile.parse(FIRST))).isTrue();
    assertThat(isSuccessful()).isFalse();
    assertThat(log())
        .singleElement()
        .asString()
        .startsWith("ERROR Cannot use the exchange rates in " + file + ": ")
        .endsWith(". Keeping the previous values");
  }

  @Test
  void look_dayThatHasBegunSomewhere_isTaken() throws IOException {
    Files.writeString(file, SECOND.replace("2026-03-04", "2026-03-05"));

    reload.reload().look();

    assertThat(euro()).isEqualByComparingTo("1.02");
    assertThat(reload.readings().ageSeconds().getAsDouble()).isPositive(); // The yen's.
  }

  @Test
  void look_brokenThenMended_takesThemAndSaysSo() throws IOException {
    Files.writeString(file, "EUR");
    reload.reload().look();
    clock.move(Duration.ofSeconds(5));
    Instant mended = clock.instant();
    Files.writeString(file, SECOND);

    reload.reload().look();

    assertThat(euro()).isEqualByComparingTo("1.02");
    assertThat(isSuccessful()).isTrue();
    assertThat(reload.readings().lastSuccess().getAsDouble()).isEqualTo(mended.getEpochSecond());
    assertThat(log()).last().asString().endsWith("can be used again");
  }

  @Test
  void look_anotherFault_isSaidToo() throws IOException {
    Files.writeString(file, "EUR");
    reload.reload().look();
    Files.writeString(file, "JPY");

    reload.reload().look();

    assertThat(log()).hasSize(2);
  }

  @Test
  void look_fileGoneOrNoFile_leavesTheRates() throws IOException {
    Files.delete(file);
    reload.reload().look();
    Files.createDirectory(file);
    reload.reload().look();

    assertThat(euro()).isEqualByComparingTo("1.01");
    assertThat(isSuccessful()).isFalse();
    assertThat(reload.readings().lastSuccess().getAsDouble())
        .isEqualTo(clock.instant().getEpochSecond()); // That of the start.
  }

  @Test
  void look_endlessFile_isRefused() throws IOException {
    Files.writeString(file, "#".repeat((1 << 20) + 1));

    reload.reload().look();

    assertThat(log()).singleElement().asString().contains("more than 1048576 bytes");
  }

  @Test
  void age_isThatOfTheOldestInUse_theDollarsDateAside() {
    double today = Duration.ofHours(5).plusMinutes(6).plusMillis(7_123).toMillis() / 1000.0;

    assertThat(reload.readings().ageSeconds().getAsDouble())
        .isCloseTo(2 * 86_400 + today, offset(0.001));
    assertThat(
            ExchangeRateReloader.neverReloaded(
                    exchangeRates, List.of(USD, JPY), clock, clock.instant())
                .ageSeconds()
                .getAsDouble())
        .isCloseTo(86_400 + today, offset(0.001));
    assertThat(
            ExchangeRateReloader.neverReloaded(exchangeRates, List.of(USD), clock, clock.instant())
                .ageSeconds()
                .getAsDouble())
        .isZero();
  }
}
