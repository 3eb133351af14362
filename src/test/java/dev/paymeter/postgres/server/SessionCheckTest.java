package dev.paymeter.postgres.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.postgres.UnsuitableServerException;
import dev.paymeter.postgres.UnsuitableServerException.Kind;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class SessionCheckTest {
  private static final Pattern CLAIMED = Pattern.compile("''\\), '([0-9a-f-]+)'\\)");

  private final Map<String, String> row =
      new HashMap<>(
          Map.of(
              "pid", "7",
              "server", "127.0.0.1:5432",
              "role", "postgres",
              "database", "payments",
              "in_recovery", "false",
              "transaction_read_only", "off",
              "default_transaction_read_only", "off",
              "statement_timeout", "10s",
              "synchronous_commit", "on",
              "synchronous_standby_names", ""));

  /** Answers each statement with the same row. */
  private Future<Map<String, String>> firstRow(String sql) {
    Matcher claim = CLAIMED.matcher(sql);
    if (claim.find()) {
      row.put("session", claim.group(1));
    }
    return Future.succeededFuture(row);
  }

  private Future<Void> check() {
    row.put("default_transaction_isolation", "read committed");
    row.put("fsync", "on");
    return new SessionCheck(this::firstRow, "127.0.0.1/payments", Kind.STANDBY).run();
  }

  @Test
  void run_correctSettings_succeeds() {
    assertThat(check().succeeded()).isTrue();
  }

  @Test
  void run_readOnlyByDefault_namesTheSetting() {
    row.put("transaction_read_only", "on");
    row.put("default_transaction_read_only", "on");

    assertThat(check().cause())
        .isInstanceOf(UnsuitableServerException.class)
        .hasMessageContaining("set default_transaction_read_only = off");
  }

  /** Past defect: during a failover, the error asked to change a setting that was correct. */
  @Test
  void run_transactionBeganBeforeThePromotion_isAStandby() {
    row.put("transaction_read_only", "on");

    assertThat(check().cause())
        .isInstanceOf(UnsuitableServerException.class)
        .hasMessageContaining("found a standby");
  }
}
