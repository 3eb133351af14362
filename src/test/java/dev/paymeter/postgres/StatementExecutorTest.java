package dev.paymeter.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.VertxException;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import java.io.IOException;
import java.net.ConnectException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class StatementExecutorTest {
  @ParameterizedTest
  @CsvSource({
    "08006, true", // connection failure
    "53300, true", // too many connections
    "57P01, true", // admin shutdown
    "57P03, true", // cannot connect now
    "58030, true", // I/O error
    "25006, true", // read-only transaction
    "25001, false", // active transaction
    "23505, false", // unique violation
    "22003, false", // numeric value out of range
    "42P01, false" // undefined table
  })
  void isUnavailable_sqlState_onlyForFailuresOfTheServer(String sqlState, boolean expected) {
    PgException error = new PgException("message", "ERROR", sqlState, "detail");

    assertThat(StatementExecutor.isUnavailable(error)).isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("lostConnections")
  void isUnavailable_lostConnection_isTrue(Exception lost) {
    assertThat(StatementExecutor.isUnavailable(lost)).isTrue();
  }

  static Stream<Exception> lostConnections() {
    return Stream.of(
        new IOException("reset"),
        new ConnectException("refused"),
        new TimeoutException("too slow"),
        ClosedConnectionException.INSTANCE,
        new VertxException("Connection was closed"));
  }

  @Test
  void isUnavailable_otherException_isFalse() {
    assertThat(StatementExecutor.isUnavailable(new IllegalStateException("a defect"))).isFalse();
    assertThat(StatementExecutor.isUnavailable(new PgException("message", "ERROR", null, "detail")))
        .isFalse();
  }
}
