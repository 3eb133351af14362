package dev.paymeter.support.ledger;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.postgres.server.EmbeddedPostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A ledger's PostgreSQL with a streaming standby and an archive of its log. It fails over, and goes
 * back in time, as in operation.
 */
public final class ReplicatedPostgres implements AutoCloseable {
  private static final String STANDBY = "standby";

  /** Resets what a copied server was configured with. */
  private static final String[] NO_RECOVERY = {
    "synchronous_standby_names = ''",
    "primary_conninfo = ''",
    "restore_command = ''",
    "recovery_target_lsn = ''"
  };

  private final Path directory;
  private final boolean isSynchronous;
  private PostgresProcess primary;
  private PostgresProcess standby;
  private @Nullable PostgresProcess replaced;
  private int copies;

  /** The state of a ledger that it can be restored to. */
  public static final class SavedState {
    private final Path backup;
    private final String position;

    private SavedState(Path backup, String position) {
      this.backup = backup;
      this.position = position;
    }
  }

  private ReplicatedPostgres(Path directory, boolean isSynchronous) throws IOException {
    this.directory = directory;
    this.isSynchronous = isSynchronous;
    Files.createDirectory(archive());
    primary = PostgresProcess.in(Files.createDirectory(directory.resolve("one")));
    standby = PostgresProcess.in(Files.createDirectory(directory.resolve("two")));
  }

  /**
   * Starts both servers, with an empty database.
   *
   * @param directory for their data; has to be empty
   * @param isSynchronous whether a commit waits for the standby
   */
  public static ReplicatedPostgres start(Path directory, boolean isSynchronous) {
    ReplicatedPostgres servers = startPrimary(directory, isSynchronous);
    servers.startStandby();
    return servers;
  }

  /** Starts the primary only, which can be restored. */
  public static ReplicatedPostgres startPrimary(Path directory) {
    return startPrimary(directory, false);
  }

  private static ReplicatedPostgres startPrimary(Path directory, boolean isSynchronous) {
    try {
      ReplicatedPostgres servers =
          new ReplicatedPostgres(directory.toAbsolutePath(), isSynchronous);
      servers.startPrimary();
      return servers;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void startPrimary() {
    primary.initialize();
    primary.set("archive_mode = on", "archive_command = 'cp %p " + archive().resolve("%f") + "'");
    primary.start();
  }

  /** Starts a standby with a new copy of the primary's data. */
  public void startStandby() {
    standby.deleteData();
    primary.backUp(standby.data());
    standby.mark("standby.signal");
    standby.set(NO_RECOVERY);
    standby.set(
        "primary_conninfo = 'host=127.0.0.1 port=%d user=postgres password=%s application_name=%s'"
            .formatted(primary.port(), PostgresProcess.LOGIN.split(":", 2)[1], STANDBY));
    standby.start();
    awaitStreaming();
    if (isSynchronous) {
      primary.alter("synchronous_standby_names = '" + STANDBY + "'");
      eventually(() -> assertThat(state("sync_state")).isEqualTo("sync"));
    }
  }

  private void awaitStreaming() {
    eventually(() -> assertThat(state("state")).isEqualTo("streaming"));
  }

  private String state(String column) {
    return primary.query("select " + column + " from pg_stat_replication");
  }

  /** Kills the primary and promotes the standby, which accepts writes when this returns. */
  public void failOver() {
    killPrimary();
    promoteStandby();
  }

  public void killPrimary() {
    primary.kill();
  }

  /** Promotes the standby of a primary that is killed. */
  public void promoteStandby() {
    PostgresProcess old = primary;
    primary = standby;
    standby = old;
    setAside(old);
    assertThat(primary.query("select pg_promote()")).isEqualTo("t");
  }

  /** Keeps the data of the stopped server, which another server replaces. */
  private void setAside(PostgresProcess server) {
    try {
      replaced =
          PostgresProcess.in(Files.createDirectory(directory.resolve("replaced-" + ++copies)));
      Files.move(server.data(), replaced.data());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Starts a server with the data that was replaced last, on a port that no other client knows.
   * Returns its URL.
   */
  public String startReplaced() {
    PostgresProcess server = Objects.requireNonNull(replaced);
    server.set(NO_RECOVERY);
    server.set("archive_mode = off");
    server.start();
    return server.url();
  }

  /** Stops the stream to the standby, which has all commits until then, and no later ones. */
  public void stopReplication() {
    String end = primary.query("select pg_current_wal_lsn()");
    eventually(() -> assertThat(state("replay_lsn >= '" + end + "'")).isEqualTo("t"));
    String stream = "select count(*) from pg_stat_wal_receiver";
    standby.alter("primary_conninfo = ''");
    eventually(() -> assertThat(standby.query(stream)).isEqualTo("0"));
  }

  /** Copies the primary's data. */
  public SavedState saveState() {
    Path copy = directory.resolve("copy-" + ++copies);
    primary.backUp(copy);
    return new SavedState(copy, position());
  }

  /** Returns the same backup with the present as the point in time to restore. */
  public SavedState at(SavedState earlier) {
    return new SavedState(earlier.backup, position());
  }

  private String position() {
    return primary.query("select pg_current_wal_lsn()");
  }

  /** Replaces the primary's data by a copy: an earlier state on the same timeline. */
  public void restoreCopy(SavedState state) {
    stopAll();
    primary.restore(state.backup);
    primary.set(NO_RECOVERY);
    primary.start();
  }

  /** Restores the backup and the archived log up to the position: a new timeline. */
  public void restoreToPosition(SavedState state) {
    archiveAll();
    stopAll();
    primary.restore(state.backup);
    primary.mark("recovery.signal");
    primary.set(NO_RECOVERY);
    primary.set(
        "restore_command = 'cp " + archive().resolve("%f") + " %p'",
        "recovery_target_lsn = '" + state.position + "'",
        "recovery_target_action = 'promote'");
    primary.start();
    eventually(() -> assertThat(primary.query("select pg_is_in_recovery()")).isEqualTo("f"));
  }

  private void archiveAll() {
    String last = primary.query("select pg_walfile_name(pg_switch_wal())");
    eventually(() -> assertThat(archive().resolve(last)).exists());
  }

  private void stopAll() {
    standby.close();
    primary.stop();
    setAside(primary);
  }

  private Path archive() {
    return directory.resolve("archive");
  }

  /** Returns the URL of the server that accepts writes. */
  public String primaryUrl() {
    return primary.url();
  }

  /** Returns the URL of both servers. */
  public String url() {
    String start = primary.url().substring(0, primary.url().lastIndexOf('/'));
    return start
        + ","
        + standby.address()
        + "/"
        + EmbeddedPostgresServer.DATABASE
        + "?target_session_attrs=read-write";
  }

  @Override
  public void close() {
    standby.close();
    primary.close();
    if (replaced != null) {
      replaced.close();
    }
  }
}
