package dev.paymeter.support.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplicatedPostgresIT {
  @TempDir Path directory;

  @Test
  void failOver_asynchronous_losesWhatWasCommittedAfterReplicationStopped() {
    try (ReplicatedPostgres servers = ReplicatedPostgres.start(directory, false)) {
      TestPostgres.execute(servers.primaryUrl(), "create table commits (number integer)");
      commit(servers, 1);
      servers.stopReplication();
      commit(servers, 2);

      servers.failOver();

      assertThat(commits(servers)).isEqualTo("1");
      servers.startStandby();
      commit(servers, 3);
      servers.failOver();
      assertThat(commits(servers)).isEqualTo("1,3");
    }
  }

  @Test
  void restore_savedState_isTheStateOfThatTime() {
    try (ReplicatedPostgres servers = ReplicatedPostgres.start(directory, true)) {
      TestPostgres.execute(servers.primaryUrl(), "create table commits (number integer)");
      commit(servers, 1);
      ReplicatedPostgres.SavedState copy = servers.saveState();
      commit(servers, 2);
      ReplicatedPostgres.SavedState position = servers.at(copy);
      commit(servers, 3);
      String timeline = timeline(servers);

      servers.restoreToPosition(position);

      assertThat(commits(servers)).isEqualTo("1,2");
      assertThat(timeline(servers)).isNotEqualTo(timeline);
      servers.restoreCopy(copy);
      assertThat(commits(servers)).isEqualTo("1");
      assertThat(timeline(servers)).isEqualTo(timeline);
    }
  }

  private static void commit(ReplicatedPostgres servers, int number) {
    TestPostgres.execute(servers.primaryUrl(), "insert into commits values (" + number + ")");
  }

  private static String commits(ReplicatedPostgres servers) {
    return first(servers, "select string_agg(number::text, ',' order by number) from commits");
  }

  private static String timeline(ReplicatedPostgres servers) {
    return first(servers, "select left(pg_walfile_name(pg_current_wal_lsn()), 8)");
  }

  private static String first(ReplicatedPostgres servers, String sql) {
    return TestPostgres.query(servers.primaryUrl(), sql).get(0).get(0);
  }
}
