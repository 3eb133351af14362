package dev.paymeter.alerts;

import static dev.paymeter.alerts.Incident.alert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.monitoring.RuleFiles.Rule;
import dev.paymeter.support.Await;
import dev.paymeter.support.ledger.LedgerProxy;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.load.Load;
import dev.paymeter.support.service.RestartableService;
import dev.paymeter.support.service.RunningService;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * Faults of the ledger: the table of payments is locked, briefly and for long, the connection is
 * cut, all tables are locked, an open transaction holds events back although payments succeed, and
 * the ledger is replaced by an earlier copy.
 */
record LedgerFaults(Path directory, AlertStack watch, AlertResults alertResults) {
  private static final String NAMESPACE = "ledger";
  private static final String HELD_BACK = "PaymeterEventsHeldBack";
  private static final String WENT_BACK = "PaymeterLedgerWentBack";

  /** More than the twenty connections of the pool. */
  private static final int CLIENTS = 24;

  /** Leaves CPU time to the scrapes of all services. */
  private static final Duration PAUSE = Duration.ofMillis(100);

  void run() throws IOException, SQLException {
    String database = TestPostgres.newDatabase();
    try (LedgerProxy wire = LedgerProxy.to(database);
        RestartableService service =
            RestartableService.startFast(
                Files.createDirectories(directory.resolve(NAMESPACE)),
                Map.of(
                    "database.url", wire.url(),
                    "simulator.failure-rate", "0",
                    "simulator.premium-failure-rate", "0",
                    "log.level", "info"),
                "-Xmx256m")) {
      watch.scrape(NAMESPACE, service.scrapeTarget());
      alertResults.expect(
          NAMESPACE,
          "DatabaseConnectionsHigh",
          "PaymeterAuditStalled",
          "PaymeterLedgerDown",
          HELD_BACK,
          WENT_BACK,
          // While the service is stopped:
          "PaymeterTargetDown",
          "PaymeterAbsent",
          // Payments that got 503 count for longer than the ledger is down.
          "PaymentLatencyBudgetBurning",
          "PaymentAvailabilityBudgetBurning",
          "PaymentSuccessRateLow");
      lockBriefly(database, service);
      lock(database, service);
      cut(wire);
      lockAll(database, service);
      leaveOpen(service);
      replaceByCopy(database, service);
      watch.stopScraping(NAMESPACE);
    }
  }

  /**
   * Reads wait, each with a connection of its own, and succeed: if they failed, the ledger would be
   * down, too.
   */
  private void lockBriefly(String database, RestartableService service) throws SQLException {
    Incident incident = new Incident(watch, alertResults, NAMESPACE);
    try (Readers readers = Readers.start(service)) {
      try (BriefLocks locks = BriefLocks.start(database)) {
        incident.awaitNotification("DatabaseConnectionsHigh");
        incident.markRecovered();
      }
      incident.awaitResolution("DatabaseConnectionsHigh");
    }
  }

  /** Outcomes of payments cannot be written, and the audit waits for them. */
  private void lock(String database, RestartableService service) throws SQLException {
    Incident incident = new Incident(watch, alertResults, NAMESPACE);
    try (Connection other = TestPostgres.connect(database);
        Load load = Load.start(CLIENTS, () -> service.api("/v1/payments")).pausing(PAUSE)) {
      Await.eventually(() -> assertThat(load.settled()).isPositive());
      other.setAutoCommit(false);
      other.createStatement().execute("lock table payments in access exclusive mode");
      incident.awaitNotification("PaymeterAuditStalled");
      incident.markRecovered();
      other.rollback();
      incident.awaitResolution("PaymeterAuditStalled");
      load.stop();
    }
  }

  /** Another session that locks the payments continuously, each time for less than a timeout. */
  private static final class BriefLocks implements AutoCloseable {
    private static final String LOCK =
        "begin; lock table payments in access exclusive mode; select pg_sleep(2); commit";

    private final Connection connection;
    private final CompletableFuture<Void> end;
    private volatile boolean stopped;

    private BriefLocks(Connection connection) {
      this.connection = connection;
      this.end = CompletableFuture.runAsync(this::lockAndRelease);
    }

    static BriefLocks start(String database) throws SQLException {
      return new BriefLocks(TestPostgres.connect(database));
    }

    private void lockAndRelease() {
      try (Statement statement = connection.createStatement()) {
        while (!stopped) {
          statement.execute(LOCK);
        }
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() throws SQLException {
      stopped = true;
      end.join();
      connection.close();
    }
  }

  /**
   * Clients that read a payment continuously: each uses its own connection, whereas payments share
   * a few.
   */
  private static final class Readers implements AutoCloseable {
    private final URI payment;
    private volatile boolean stopped;

    private Readers(URI payment) {
      this.payment = payment;
    }

    static Readers start(RestartableService service) {
      Readers readers = new Readers(service.api("/v1/payments/" + new UUID(0, 0)));
      for (int i = 0; i < CLIENTS; i++) {
        readers.read();
      }
      return readers;
    }

    private void read() {
      RunningService.CLIENT
          .sendAsync(HttpRequest.newBuilder(payment).build(), BodyHandlers.ofString())
          .whenComplete(
              (answer, failure) -> {
                if (!stopped) {
                  read();
                }
              });
    }

    @Override
    public void close() {
      stopped = true;
    }
  }

  private void cut(LedgerProxy wire) throws IOException {
    Incident incident = new Incident(watch, alertResults, NAMESPACE);
    wire.cut();
    incident.awaitNotification("PaymeterLedgerDown");
    incident.markRecovered();
    wire.restore();
    incident.awaitResolution("PaymeterLedgerDown");
  }

  /** Opens it in another database of the same server, which is enough to hold events back. */
  private void leaveOpen(RestartableService service) throws SQLException {
    Incident incident = new Incident(watch, alertResults, NAMESPACE);
    try (Connection other = TestPostgres.connect(TestPostgres.newDatabase())) {
      other.setAutoCommit(false);
      other.createStatement().execute("create table forgotten ()");
      pay(service);
      incident.awaitNotification(HELD_BACK);
      incident.markRecovered();
      other.rollback();
      incident.awaitResolution(HELD_BACK);
    }
  }

  /** The service finds the payment that is missing in the copy at its gateway. */
  private void replaceByCopy(String database, RestartableService service) throws IOException {
    Incident incident = new Incident(watch, alertResults, NAMESPACE);
    String administration = TestPostgres.newDatabase();
    String name = URI.create(database).getPath().substring(1);
    service.kill();
    TestPostgres.execute(administration, "create database %1$s_copy template %1$s".formatted(name));
    service.start();
    pay(service);
    service.kill();
    TestPostgres.execute(administration, "drop database %s with (force)".formatted(name));
    TestPostgres.execute(administration, "alter database %1$s_copy rename to %1$s".formatted(name));
    service.start();
    incident.awaitNotification(WENT_BACK);
    incident.markRecovered();
    TestPostgres.query(
        database, "select acknowledge_loss(generation, 'test of alerts')::text from losses");
    incident.awaitResolution(WENT_BACK);
  }

  private static void pay(RestartableService service) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(service.api("/v1/payments"))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(RunningService.order("held-back", "12.50").encode()));
    assertThat(RunningService.send(request).statusCode()).isEqualTo(201);
  }

  /**
   * The ledger responds to nothing, and payments get 503: the alerts on its connections and on
   * payments are inhibited.
   */
  private void lockAll(String database, RestartableService service) throws SQLException {
    List<Rule> consequences =
        List.of(
            alert("DatabaseConnectionsHigh"),
            alert("PaymentSuccessRateLow"),
            alert("PaymentAvailabilityBudgetBurning", "1h"));
    Incident incident = new Incident(watch, alertResults, NAMESPACE);
    try (Connection other = TestPostgres.connect(database)) {
      other.setAutoCommit(false);
      other.createStatement().execute("lock table instances, payments in access exclusive mode");
      incident.awaitNotification("PaymeterLedgerDown");
      try (Load load = Load.start(CLIENTS, () -> service.api("/v1/payments")).pausing(PAUSE)) {
        try (Readers readers = Readers.start(service)) {
          for (Rule consequence : consequences) {
            incident.awaitInhibition(consequence);
          }
        }
        incident.markRecovered();
        consequences.forEach(incident::assertNotNotified);
        other.rollback();
        incident.awaitResolution("PaymeterLedgerDown");
        load.stop();
      }
    }
  }
}
