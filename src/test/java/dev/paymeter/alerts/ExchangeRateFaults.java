package dev.paymeter.alerts;

import dev.paymeter.security.NewApiKey;
import dev.paymeter.support.service.RestartableService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;

/** Outdated exchange rates, and invalid files of rates and keys. */
record ExchangeRateFaults(Path directory, AlertWatch watch, AlertProofs alertProofs) {
  private static final String NAMESPACE = "rates";
  private static final int DAYS = 8;

  void run() throws IOException {
    Path place = Files.createDirectories(directory.resolve(NAMESPACE));
    LocalDate today = LocalDate.now(ZoneOffset.UTC);
    Path rates = Files.createDirectories(place.resolve("rates"));
    Path file = CurrentExchangeRates.write(rates, today.minusDays(DAYS));
    String key = NewApiKey.make("shop", "pay", "never").line();
    Path keys = Files.writeString(place.resolve("keys"), key);
    alertProofs.expect(
        NAMESPACE, "PaymeterRatesTooOld", "PaymeterRatesReloadFailed", "PaymeterFileReloadFailed");
    try (RestartableService service =
        RestartableService.start(
            place,
            Map.of(
                "fx.rates", file.toString(),
                "fx.reload-interval", "100ms",
                "security.keys", keys.toString()),
            "-Xmx256m")) {
      Incident old = new Incident(watch, alertProofs, NAMESPACE);
      watch.scrape(NAMESPACE, service.scrapeTarget());
      old.tells("PaymeterRatesTooOld");
      old.ends();
      CurrentExchangeRates.write(rates, today);
      old.resolves("PaymeterRatesTooOld");
      Incident broken = new Incident(watch, alertProofs, NAMESPACE);
      Files.writeString(file, "USD,1," + today);
      broken.tells("PaymeterRatesReloadFailed");
      broken.ends();
      CurrentExchangeRates.write(rates, today);
      broken.resolves("PaymeterRatesReloadFailed");
      Incident brokenKeys = new Incident(watch, alertProofs, NAMESPACE);
      Files.writeString(keys, key + "\nhalf of a line");
      brokenKeys.tells("PaymeterFileReloadFailed");
      brokenKeys.ends();
      Files.writeString(keys, key);
      brokenKeys.resolves("PaymeterFileReloadFailed");
      watch.forget(NAMESPACE);
    }
  }
}
