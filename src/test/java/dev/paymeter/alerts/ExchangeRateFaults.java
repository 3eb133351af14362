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
record ExchangeRateFaults(Path directory, AlertStack watch, AlertResults alertResults) {
  private static final String NAMESPACE = "rates";
  private static final int DAYS = 8;

  void run() throws IOException {
    Path place = Files.createDirectories(directory.resolve(NAMESPACE));
    LocalDate today = LocalDate.now(ZoneOffset.UTC);
    Path rates = Files.createDirectories(place.resolve("rates"));
    Path file = CurrentExchangeRates.write(rates, today.minusDays(DAYS));
    String key = NewApiKey.generate("shop", "pay", "never").line();
    Path keys = Files.writeString(place.resolve("keys"), key);
    alertResults.expect(
        NAMESPACE, "PaymeterRatesTooOld", "PaymeterRatesReloadFailed", "PaymeterFileReloadFailed");
    try (RestartableService service =
        RestartableService.startFast(
            place,
            Map.of(
                "fx.rates", file.toString(),
                "fx.reload-interval", "100ms",
                "security.keys", keys.toString()),
            "-Xmx256m")) {
      Incident old = new Incident(watch, alertResults, NAMESPACE);
      watch.scrape(NAMESPACE, service.scrapeTarget());
      old.awaitNotification("PaymeterRatesTooOld");
      old.markRecovered();
      CurrentExchangeRates.write(rates, today);
      old.awaitResolution("PaymeterRatesTooOld");
      Incident broken = new Incident(watch, alertResults, NAMESPACE);
      Files.writeString(file, "USD,1," + today);
      broken.awaitNotification("PaymeterRatesReloadFailed");
      broken.markRecovered();
      CurrentExchangeRates.write(rates, today);
      broken.awaitResolution("PaymeterRatesReloadFailed");
      Incident brokenKeys = new Incident(watch, alertResults, NAMESPACE);
      Files.writeString(keys, key + "\nhalf of a line");
      brokenKeys.awaitNotification("PaymeterFileReloadFailed");
      brokenKeys.markRecovered();
      Files.writeString(keys, key);
      brokenKeys.awaitResolution("PaymeterFileReloadFailed");
      watch.stopScraping(NAMESPACE);
    }
  }
}
