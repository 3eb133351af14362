package dev.paymeter.postgres;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.support.ledger.TestPostgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** More statements than a pool lets wait for a connection. */
@ExtendWith(VertxExtension.class)
class StatementQueueIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(50);

  @Test
  void run_tooManyWaitForAConnection_isUnavailableAtOnce(Vertx vertx) {
    Pool pool =
        Database.at(TestPostgres.newDatabase()).createPool(vertx, Database.MAIN_POOL, 1, TIMEOUT);
    StatementExecutor executor = new StatementExecutor(pool, TIMEOUT);
    SqlConnection held = await(pool.getConnection());
    List<Future<RowSet<Row>>> waiting =
        IntStream.range(0, Database.MAX_WAITING)
            .mapToObj(i -> executor.run("select 1", Tuple.tuple()))
            .toList();

    Future<RowSet<Row>> rejected = executor.run("select 1", Tuple.tuple());

    assertThatThrownBy(() -> await(rejected, TIMEOUT.dividedBy(5)))
        .isInstanceOf(LedgerUnavailableException.class);
    assertThat(waiting).noneMatch(Future::isComplete);
    await(held.close());
    await(Future.all(waiting));
    await(pool.close());
  }
}
