package dev.paymeter.alerts;

import dev.paymeter.support.TestServer;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RestartableService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Two instances that should form one cluster and do not know each other. */
record ClusterFaults(Path directory, AlertStack watch, AlertResults alertResults) {
  private static final String NAMESPACE = "cluster";

  void run() throws IOException {
    String database = TestPostgres.newDatabase();
    String first = String.valueOf(TestServer.freePort());
    alertResults.expect(
        NAMESPACE,
        "PaymeterClusterSplit",
        "PaymeterTargetDown",
        "PaymeterAbsent",
        "PaymeterLedgerDown"); // Caused by the seconds of a start, which are not accelerated.
    try (RestartableService one = start("one", database, Map.of("cluster.port", first))) {
      Incident incident = new Incident(watch, alertResults, NAMESPACE);
      try (RestartableService stray = start("stray", database, Map.of())) {
        watch.scrape(NAMESPACE, one.scrapeTarget(), stray.scrapeTarget());
        incident.awaitNotification("PaymeterClusterSplit");
        incident.markRecovered();
      }
      try (RestartableService found =
          start("found", database, Map.of("cluster.members", "127.0.0.1:" + first))) {
        watch.scrape(NAMESPACE, one.scrapeTarget(), found.scrapeTarget());
        incident.awaitResolution("PaymeterClusterSplit");
        watch.stopScraping(NAMESPACE);
      }
    }
  }

  private RestartableService start(String name, String database, Map<String, String> settings)
      throws IOException {
    Map<String, String> all = new HashMap<>();
    all.put("database.url", database);
    all.put("instance.id", name);
    all.put("simulator.directory", directory.resolve(NAMESPACE).resolve("simulator").toString());
    all.put("cluster.enabled", "true");
    all.put("cluster.port", String.valueOf(TestServer.freePort()));
    all.put("cluster.bus-port", String.valueOf(TestServer.freePort()));
    all.put("log.level", "info");
    all.putAll(settings);
    return RestartableService.startFast(
        Files.createDirectories(directory.resolve(NAMESPACE).resolve(name)), all, "-Xmx256m");
  }
}
