package dev.paymeter.postgres.server;

import dev.paymeter.postgres.UnsuitableServerException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.impl.PgConnectionFactory;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;

/** Factory of connections to the first server whose session passes {@link SessionCheck}. */
final class CheckedConnectionFactory extends PgConnectionFactory {
  private final Servers servers;
  private final Duration timeout;

  /**
   * @param transport with the timeout of connecting, which is also that of a check
   */
  CheckedConnectionFactory(VertxInternal vertx, NetClientOptions transport, Servers servers) {
    super(vertx, transport);
    this.servers = servers;
    this.timeout = Duration.ofMillis(transport.getConnectTimeout());
  }

  @Override
  public Future<SqlConnection> connect(Context context, PgConnectOptions first) {
    return connect(context, servers.inOrder().iterator()).onFailure(servers::rejected);
  }

  private Future<SqlConnection> connect(Context context, Iterator<PgConnectOptions> remaining) {
    return connectTo(context, remaining.next())
        .recover(
            failure ->
                remaining.hasNext() ? connect(context, remaining) : Future.failedFuture(failure));
  }

  private Future<SqlConnection> connectTo(Context context, PgConnectOptions server) {
    if (servers.beginPair()) {
      return super.connect(context, server)
          .compose(connection -> checkWithSecond(context, connection, server))
          .onComplete(checked -> servers.endPair());
    }
    UnsuitableServerException sharing = servers.sharing();
    return sharing == null
        ? super.connect(context, server)
            .compose(connection -> checked(connection, server, check(connection).run()))
        : Future.failedFuture(sharing);
  }

  private Future<SqlConnection> checkWithSecond(
      Context context, SqlConnection connection, PgConnectOptions server) {
    Future<SqlConnection> connecting = super.connect(context, server);
    Future<Void> check = connecting.compose(second -> check(connection).runWith(check(second)));
    return checked(connection, server, check)
        .onComplete(checked -> connecting.onSuccess(second -> second.close()));
  }

  private SessionCheck check(SqlConnection connection) {
    connection.exceptionHandler(failure -> {}); // The check fails, too; Vert.x would print it.
    return servers.check(Session.of(connection));
  }

  private Future<SqlConnection> checked(
      SqlConnection connection, PgConnectOptions server, Future<Void> check) {
    return check
        .timeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
        .onSuccess(passed -> servers.connected(connection, server))
        .onFailure(failure -> connection.close())
        .map(connection);
  }
}
