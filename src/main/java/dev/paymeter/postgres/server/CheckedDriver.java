package dev.paymeter.postgres.server;

import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.internal.VertxWrapper;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.spi.PgDriver;
import io.vertx.sqlclient.spi.ConnectionFactory;
import java.time.Duration;

/**
 * PostgreSQL driver of Vert.x that checks each new connection, and applies the pool's transport
 * options. Vert.x 5.0.8 ignores these silently (vertx-sql-client, issue 1608).
 */
final class CheckedDriver extends PgDriver {
  private final Servers servers;

  CheckedDriver(Servers servers) {
    this.servers = servers;
  }

  @Override
  public ConnectionFactory<PgConnectOptions> createConnectionFactory(
      Vertx vertx, NetClientOptions transport) {
    return new CheckedConnectionFactory(
        new VertxWrapper((VertxInternal) vertx) {
          @Override
          public NetClient createNetClient(NetClientOptions options) {
            return super.createNetClient(
                new NetClientOptions(transport)
                    .setReconnectAttempts(options.getReconnectAttempts()));
          }
        },
        servers,
        Duration.ofMillis(transport.getConnectTimeout()));
  }
}
