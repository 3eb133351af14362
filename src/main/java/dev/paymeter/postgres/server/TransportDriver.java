package dev.paymeter.postgres.server;

import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.internal.VertxWrapper;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.impl.PgConnectionFactory;
import io.vertx.pgclient.spi.PgDriver;
import io.vertx.sqlclient.spi.ConnectionFactory;

/**
 * PostgreSQL driver of Vert.x that applies the pool's transport options. Vert.x 5.0.8 ignores them
 * silently (vertx-sql-client, issue 1608). Remove it when Vert.x contains the fix.
 */
final class TransportDriver extends PgDriver {
  @Override
  public ConnectionFactory<PgConnectOptions> createConnectionFactory(
      Vertx vertx, NetClientOptions transport) {
    return new PgConnectionFactory(
        new VertxWrapper((VertxInternal) vertx) {
          @Override
          public NetClient createNetClient(NetClientOptions options) {
            return super.createNetClient(
                new NetClientOptions(transport)
                    .setReconnectAttempts(options.getReconnectAttempts()));
          }
        });
  }
}
