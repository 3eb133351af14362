package dev.paymeter.resilience;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.RequiredPrograms;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Readiness while the database responds to reads, but commits no writes. */
class LedgerWritesIT {
  /** More than fit into the free space of the tables' pages. */
  private static final int MAX_PAYMENTS = 2000;

  @TempDir Path directory;
  private RunningService service;

  @AfterEach
  void stop() {
    if (service != null) {
      service.close();
    }
  }

  @Test
  void ready_diskFull_isDownUntilThereIsSpace() throws Exception {
    RequiredPrograms.mounts();
    String database = TestPostgres.newDatabase();
    String server = database.substring(0, database.lastIndexOf('/') + 1) + "postgres";
    String name = database.substring(database.lastIndexOf('/') + 1);
    run("mount", "-t", "tmpfs", "-o", "size=40m,mode=0777", "tmpfs", directory.toString());
    try {
      Path location = Files.createDirectory(directory.resolve("tablespace"));
      TestPostgres.execute(
          server, "create tablespace " + name + "_space location '" + location + "'");
      TestPostgres.execute(server, "alter database " + name + " set tablespace " + name + "_space");
      start(database, "2s");
      assertThat(pay()).isEqualTo(201);
      String probed = probeFile(database);
      Path filler = directory.resolve("filler");
      fill(filler);

      assertThat(payUntilRejected()).isEqualTo(503);

      assertDown();
      for (int i = 0; i < 20; i++) { // No connection is opened: that, too, may need space.
        assertThat(ready()).isEqualTo(503);
        assertThat(ledgerUp()).isZero();
      }

      Files.delete(filler);

      assertUp(database);
      assertThat(probeFile(database)).as("a committed probe").isNotEqualTo(probed);
    } finally {
      stop();
      service = null;
      TestPostgres.execute(server, "drop database " + name + " with (force)");
      TestPostgres.execute(server, "drop tablespace if exists " + name + "_space");
      run("umount", directory.toString());
    }
  }

  @Test
  void ready_commitsHang_isDownUntilTheyReturn() {
    String database = TestPostgres.newDatabase();
    start(database, "2s");
    assertThat(pay()).isEqualTo(201);
    TestPostgres.execute(database, "alter system set synchronous_standby_names = 'missing'");
    try {
      TestPostgres.execute(database, "select pg_reload_conf()");
      eventually(() -> assertThat(pay()).isEqualTo(503));

      assertDown();
    } finally {
      TestPostgres.execute(database, "alter system reset synchronous_standby_names");
      TestPostgres.execute(database, "select pg_reload_conf()");
    }

    assertUp(database);
  }

  @Test
  void ready_writesSucceed_probesNothing() {
    String database = TestPostgres.newDatabase();
    start(database, "10s"); // A slow machine does not exceed it.
    String probed = probeFile(database);

    for (int i = 0; i < 20; i++) {
      assertThat(pay()).isEqualTo(201);
    }

    assertThat(ready()).isEqualTo(200);
    assertThat(probeFile(database)).isEqualTo(probed);
  }

  private void start(String database, String timeout) {
    service = RunningService.start(Map.of("database.url", database, "database.timeout", timeout));
  }

  private void assertDown() {
    eventually(() -> assertThat(ready()).isEqualTo(503));
    assertThat(ledgerUp()).isZero();
  }

  private void assertUp(String database) {
    eventually(() -> assertThat(ready()).isEqualTo(200));
    eventually(() -> assertThat(ledgerUp()).isEqualTo(1));
    eventually(() -> assertThat(pay()).isEqualTo(201));
    String counted = "select count(*) from payments_ledger where status in ('success', 'failed')";
    eventually(
        () -> {
          Scrape scrape = new Scrape(service.metrics());
          assertThat(scrape.sum("payment_requests_total"))
              .isEqualByComparingTo(TestPostgres.query(database, counted).get(0).get(0));
          assertThat(scrape.sum("metrics_ledger_drift")).isZero();
        });
  }

  /** The last payment that is accepted has an unknown outcome if it cannot be settled. */
  private int payUntilRejected() {
    int status = 201;
    for (int i = 0; i < MAX_PAYMENTS && status < 300; i++) {
      status = pay();
    }
    return status;
  }

  private int pay() {
    return service.pay(RunningService.order("order", "12.34")).statusCode();
  }

  private int ready() {
    return RunningService.get(service.management("/health/ready")).statusCode();
  }

  private int ledgerUp() {
    return new Scrape(service.metrics()).sum("paymeter_ledger_up").intValueExact();
  }

  /** Returns the file of the probe's table: each committed probe creates another one. */
  private static String probeFile(String database) {
    return TestPostgres.query(database, "select pg_relation_filenode('write_probe')").get(0).get(0);
  }

  /** Writes a file that fills its file system. */
  private static void fill(Path file) throws IOException {
    try (var out = Files.newOutputStream(file)) {
      byte[] page = new byte[4096];
      while (true) {
        out.write(page);
      }
    } catch (IOException full) {
      assertThat(Files.size(file)).isPositive();
    }
  }

  private static void run(String... command) throws Exception {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }
}
