package dev.paymeter.alerts;

import dev.paymeter.app.config.ExchangeRateFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDate;
import java.util.Currency;

/** The shipped exchange rates with another date. */
public final class CurrentExchangeRates {
  private CurrentExchangeRates() {}

  /** Replaces {@code rates.csv} atomically; returns its path. */
  public static Path write(Path directory, LocalDate day) throws IOException {
    StringBuilder text = new StringBuilder();
    for (Currency currency : ExchangeRateFile.shipped().currencies()) {
      String worth = ExchangeRateFile.shipped().find(currency).orElseThrow().usd().toPlainString();
      text.append(currency).append(',').append(worth).append(',').append(day).append('\n');
    }
    Path draft = Files.writeString(directory.resolve("rates.draft"), text);
    return Files.move(draft, directory.resolve("rates.csv"), StandardCopyOption.ATOMIC_MOVE);
  }
}
