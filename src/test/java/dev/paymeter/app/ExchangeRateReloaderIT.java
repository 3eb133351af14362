package dev.paymeter.app;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Scrape;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks that valid new rates apply to payments without a restart, and invalid ones do not. */
class ExchangeRateReloaderIT {
  private static final LocalDate TODAY = LocalDate.now(ZoneOffset.UTC);

  @TempDir Path directory;

  private Path write(String text) throws IOException {
    Path draft = Files.writeString(directory.resolve("draft"), text);
    return Files.move(draft, directory.resolve("rates.csv"), StandardCopyOption.ATOMIC_MOVE);
  }

  private static String rates(String usdPerUnit, LocalDate day) {
    return "USD,1,%s\nCLF,%s,%s\n".formatted(day, usdPerUnit, day);
  }

  @Test
  void pay_ratesReplacedAtRunTime_appliesAndStoresThem() throws IOException {
    Path file = write(rates("40", TODAY.minusDays(1)));
    try (RunningService service =
        RunningService.start(
            Map.of(
                "payments.currencies", "USD,CLF",
                "fx.rates", file.toString(),
                "fx.reload-interval", "100ms"))) {
      assertThat(payInUnits(service).getString("amount_usd")).isEqualTo("50.00"); // 50.004
      assertThat(gauge(service, "age_seconds"))
          .isBetween(new BigDecimal(86_400), new BigDecimal(172_801));

      write(rates("80.0000", TODAY));
      eventually(() -> assertThat(payInUnits(service).getString("amount_usd")).isEqualTo("100.01"));
      assertThat(gauge(service, "age_seconds")).isLessThan(new BigDecimal(86_401));

      write(rates("0", TODAY));
      eventually(() -> assertThat(gauge(service, "last_reload_successful")).isZero());
      JsonObject last = payInUnits(service);
      assertThat(last.getString("amount_usd")).isEqualTo("100.01");
      assertThat(
              TestPostgres.query(
                  service.databaseUrl(),
                  "select amount, amount_usd, fx_rate, fx_date from payments_ledger"
                      + " where payment_id = '"
                      + last.getString("id")
                      + "'"))
          .containsExactly(List.of("1.2501", "100.01", "80.0000", TODAY.toString()));
    }
  }

  /** Pays in Chilean units of account (CLF), which have four decimals. */
  private static JsonObject payInUnits(RunningService service) {
    return new JsonObject(
        service.pay(RunningService.order("order", "1.2501").put("currency", "CLF")).body());
  }

  private static BigDecimal gauge(RunningService service, String name) {
    return new Scrape(service.metrics()).sum("paymeter_fx_rates_" + name);
  }
}
