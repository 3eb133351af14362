package dev.paymeter.app.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.paymeter.payment.ExchangeRates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Checks that any file is either valid or rejected with errors. */
class SettingsFuzzTest {
  private static Path file;

  @BeforeAll
  static void create() throws IOException {
    file = Files.createTempFile("paymeter", ".yaml");
  }

  @AfterAll
  static void delete() throws IOException {
    Files.delete(file);
  }

  @FuzzTest(maxDuration = "1m")
  void readSettings_anyText_isSettingsOrSettingsException(byte[] text) throws IOException {
    Files.write(file, text);
    try {
      Settings settings = SettingsReader.read(Optional.of(file), Map.of(), false);
      assertThat(settings.http().port()).isBetween(0, 65535);
      assertThat(settings.payments().allowedValues().tiers()).isNotEmpty();
      assertThat(settings.payments().exchangeRates().currencies()).isNotEmpty();
    } catch (SettingsException e) {
      assertThat(e.getMessage()).contains(": expected ").contains(", found ");
    }
  }

  @FuzzTest(maxDuration = "1m")
  void parseRates_anyText_isRatesOrNamesTheLine(byte[] text) {
    try {
      ExchangeRates exchangeRates = ExchangeRateFile.parse(new String(text, UTF_8));
      assertThat(exchangeRates.currencies())
          .allSatisfy(c -> assertThat(exchangeRates.find(c).orElseThrow().usd()).isPositive());
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).startsWith("line ");
    }
  }
}
