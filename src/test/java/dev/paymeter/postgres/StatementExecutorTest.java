package dev.paymeter.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.port.LedgerUnavailableException;
import io.netty.channel.ChannelException;
import io.vertx.core.Future;
import io.vertx.core.VertxException;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PreparedQuery;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.ConnectException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class StatementExecutorTest {
  /** Regression: a second change of the schema, before the repetition, was answered with 503. */
  @Test
  void run_planChangedAgain_isRepeated() {
    RejectingPool pool = new RejectingPool(2);

    assertThat(pool.executor().run("select 1", Tuple.tuple()).succeeded()).isTrue();
    assertThat(pool.statements)
        .containsExactly("select 1", "select 1 -- unprepared", "select 1 -- unprepared");
  }

  @Test
  void run_planAlwaysChanges_fails() {
    RejectingPool pool = new RejectingPool(Integer.MAX_VALUE);

    assertThat(pool.executor().run("select 1", Tuple.tuple()).cause())
        .isInstanceOf(LedgerUnavailableException.class);
    assertThat(pool.statements).hasSize(6);
  }

  /** Pool whose plans have changed for a number of statements. */
  private static final class RejectingPool {
    final List<String> statements = new ArrayList<>();
    private final int rejections;

    RejectingPool(int rejections) {
      this.rejections = rejections;
    }

    StatementExecutor executor() {
      return new StatementExecutor(
          proxy(Pool.class, sql -> proxy(PreparedQuery.class, tuple -> execute((String) sql))),
          Duration.ofSeconds(1));
    }

    private Future<?> execute(String sql) {
      statements.add(sql);
      return statements.size() > rejections
          ? Future.succeededFuture()
          : Future.failedFuture(new PgException("cached plan", "ERROR", "0A000", "detail"));
    }
  }

  /** Returns an object whose methods have a function of their first argument as result. */
  static <T> T proxy(Class<T> type, Function<Object, Object> onCall) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> onCall.apply(arguments[0])));
  }

  @ParameterizedTest
  @CsvSource({
    "08006, true", // connection failure
    "0A000, true", // cached plan must not change result type
    "25006, true", // read-only transaction
    "26000, true", // prepared statement does not exist, behind a pooler
    "28000, true", // role may not log in
    "28P01, true", // wrong password
    "3D000, true", // database does not exist
    "40P01, true", // deadlock detected
    "42501, true", // missing right
    "42P01, true", // missing table
    "53100, true", // disk full
    "53300, true", // too many connections
    "55000, true", // database does not accept connections
    "55P03, true", // lock not available
    "57014, true", // statement timeout
    "57P01, true", // admin shutdown
    "58030, true", // I/O error
    "22003, false", // numeric value out of range
    "23505, false", // unique violation
    "54000, false" // index row too large
  })
  void isUnavailable_sqlState_unlessTheRowCanNeverBeStored(String sqlState, boolean expected) {
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
  void isUnavailable_noFreeFileDescriptor_isTrue() {
    SocketException cause = new SocketException("Too many open files");

    assertThat(StatementExecutor.isUnavailable(new ChannelException("no socket", cause))).isTrue();
  }

  @Test
  void isUnavailable_otherException_isFalse() {
    assertThat(StatementExecutor.isUnavailable(new IllegalStateException("a defect"))).isFalse();
  }
}
