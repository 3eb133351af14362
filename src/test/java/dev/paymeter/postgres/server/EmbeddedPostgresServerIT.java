package dev.paymeter.postgres.server;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.support.TestServer;
import dev.paymeter.support.ledger.PostgresTemplate;
import dev.paymeter.support.ledger.TestPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedPostgresServerIT {
  @TempDir Path home;

  @Test
  void start_first_stopsAnOrphanedInitdbAndHashesThePasswordOnce() throws IOException {
    Path initdb = Files.createDirectories(home.resolve("binaries").resolve("earlier"));
    initdb = Files.copy(Path.of("/bin/sleep").toRealPath(), initdb.resolve("initdb"));
    Process orphan = new ProcessBuilder(initdb.toString(), "600").start();

    try (EmbeddedPostgresServer server = EmbeddedPostgresServer.start(home)) {
      assertThat(orphan.isAlive()).isFalse();
      assertThat(initdb).doesNotExist();
      // Iterations, which are for passwords that can be guessed, cost each connection CPU time.
      assertThat(
              TestPostgres.query(
                  server.url(),
                  "select split_part(rolpassword, ':', 1) from pg_authid"
                      + " where rolname = current_user"))
          .containsExactly(List.of("SCRAM-SHA-256$1"));
    } finally {
      orphan.destroyForcibly();
    }
  }

  /** A past defect: the programs were those of the first directory that the process had used. */
  @Test
  void start_severalDirectories_eachRunsItsOwnPrograms() throws IOException {
    Path first = Files.createDirectory(home.resolve("first"));
    Path second = Files.createDirectory(home.resolve("second"));
    PostgresTemplate.copyTo(first);
    PostgresTemplate.copyTo(second);

    try (EmbeddedPostgresServer one = EmbeddedPostgresServer.start(first);
        EmbeddedPostgresServer two = EmbeddedPostgresServer.start(second)) {
      assertThat(new ServerProcesses(first).isRunning(postmaster(first).pid())).isTrue();
      assertThat(new ServerProcesses(second).isRunning(postmaster(second).pid())).isTrue();
    }
  }

  /**
   * A past defect: the start waited for two minutes, and then did not say why there is no server.
   */
  @Test
  void start_dataDamaged_failsWithTheServersMessage() throws IOException {
    PostgresTemplate.copyTo(home);
    Path control = home.resolve("cluster").resolve("global").resolve("pg_control");
    Path moved = control.resolveSibling("moved");
    Files.move(control, moved);

    assertThatThrownBy(() -> EmbeddedPostgresServer.start(home))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(control + "\": No such file or directory");

    Files.move(moved, control);
    EmbeddedPostgresServer.start(home).close();
  }

  @Test
  void start_portTakenMeanwhile_usesAnother() throws IOException {
    PostgresTemplate.copyTo(home);
    PostgresCluster cluster =
        new PostgresCluster(
            PostgresPrograms.unpackInto(home.resolve("binaries")),
            new ServerProcesses(home),
            home.resolve("cluster"));
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      Iterator<Integer> ports = List.of(other.getLocalPort(), TestServer.freePort()).iterator();

      int port = EmbeddedPostgresServer.start(cluster, ports::next, home.resolve("start.log"));

      assertThat(port).isNotEqualTo(other.getLocalPort());
      assertThat(ports).isExhausted();
    } finally {
      cluster.stop(home.resolve("stop.log"));
    }
  }

  /** Children of a killed server that execute a statement continue for its whole duration. */
  @Test
  void kill_serverWithABusyChild_isRestartedOnItsPortWithItsData() throws Exception {
    PostgresTemplate.copyTo(home);
    try (EmbeddedPostgresServer server = EmbeddedPostgresServer.start(home)) {
      TestPostgres.execute(server.url(), "create table numbers as select 1 as number");
      CompletableFuture<Void> busy =
          CompletableFuture.runAsync(
              () ->
                  TestPostgres.query(
                      server.url(), "select count(*) from (select generate_series(1, 1e12)) n"));
      eventually(
          () ->
              assertThat(
                      TestPostgres.query(
                          server.url(),
                          "select 1 from pg_stat_activity where state = 'active'"
                              + " and query like '%generate_series%'"
                              + " and pid <> pg_backend_pid()"))
                  .hasSize(1));

      killPostmaster();

      eventually(
          () ->
              assertThat(TestPostgres.query(server.url(), "select number from numbers"))
                  .containsExactly(List.of("1")));
      assertThat(busy).isCompletedExceptionally();

      killPostmaster();

      eventually(
          () -> assertThat(TestPostgres.query(server.url(), "select 1 from numbers")).hasSize(1));
    }
    assertThat(ProcessHandle.allProcesses().map(process -> process.info().command().orElse("")))
        .noneMatch(program -> program.startsWith(home.toString()));
  }

  @Test
  void kill_serverThatCannotStart_isRetriedUntilItCan() throws Exception {
    PostgresTemplate.copyTo(home);
    try (EmbeddedPostgresServer server = EmbeddedPostgresServer.start(home)) {
      Path control = home.resolve("cluster").resolve("global").resolve("pg_control");
      Path moved = control.resolveSibling("moved");
      Files.move(control, moved);

      killPostmaster();

      Path output = home.resolve("restart.log");
      eventually(() -> assertThat(output).content().contains("could not"));
      Files.move(moved, control);
      eventually(() -> assertThat(TestPostgres.query(server.url(), "select 1")).hasSize(1));
    }
  }

  /** Later statements need the next server: other processes of this one may run for a moment. */
  private void killPostmaster() throws IOException {
    postmaster().destroyForcibly();
    TestPostgres.closeIdleConnections();
  }

  private ProcessHandle postmaster() throws IOException {
    return postmaster(home);
  }

  private static ProcessHandle postmaster(Path home) throws IOException {
    Path pidFile = home.resolve("cluster").resolve("postmaster.pid");
    long pid = Long.parseLong(Files.readAllLines(pidFile).get(0).strip());
    return ProcessHandle.of(pid).orElseThrow();
  }
}
