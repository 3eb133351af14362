package dev.paymeter.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.Main;
import dev.paymeter.support.service.RestartableService;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A settlement file with an amount that differs by a cent, which no operator looks at for a day.
 */
record SettlementFaults(Path directory, AlertStack watch, AlertResults alertResults) {
  private static final String NAMESPACE = "settlements";
  private static final String OPEN = "SettlementExceptionsOpen";
  private static final int EXCEPTIONS = 3;

  void run() throws IOException {
    Path place = Files.createDirectories(directory.resolve(NAMESPACE));
    alertResults.expect(NAMESPACE, OPEN);
    try (RestartableService service = RestartableService.startFast(place, Map.of(), "-Xmx256m")) {
      watch.scrape(NAMESPACE, service.scrapeTarget());
      HttpResponse<String> paid =
          RunningService.post(service.api("/v1/payments"), RunningService.order("order", "12.34"));
      assertThat(paid.statusCode()).as(paid.body()).isEqualTo(201);
      Path file = place.resolve("settlement.csv");
      JsonObject payment = new JsonObject(paid.body());
      Files.writeString(
          file,
          "reference,type,amount,currency,date\n%s,payment,12.35,USD,%s\n"
              .formatted(payment.getString("transaction_id"), payment.getString("created_at")));
      Incident incident = new Incident(watch, alertResults, NAMESPACE);
      assertThat(reconcile(service, file.toString())).isEqualTo(EXCEPTIONS);
      List<List<String>> opened =
          service.query(
              "update settlement_exceptions set opened_at = opened_at - interval '1 day'"
                  + " returning id");
      incident.awaitNotification(OPEN);
      incident.markRecovered();
      assertThat(opened).hasSize(1);
      assertThat(reconcile(service, "--close=" + opened.get(0).get(0), "--reason=one cent"))
          .isZero();
      incident.awaitResolution(OPEN);
      watch.stopScraping(NAMESPACE);
    }
  }

  private static int reconcile(RestartableService service, String... arguments) {
    String[] all = new String[arguments.length + 1];
    all[0] = "reconcile";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return Main.commandLine(Map.of("PAYMETER_DATABASE_URL", service.databaseUrl())).execute(all);
  }
}
