package dev.paymeter.postgres.server;

import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.spi.PgDriver;
import io.vertx.sqlclient.spi.ConnectionFactory;

/** PostgreSQL driver of Vert.x that checks each new connection. */
final class CheckedDriver extends PgDriver {
  private final Servers servers;

  CheckedDriver(Servers servers) {
    this.servers = servers;
  }

  @Override
  public ConnectionFactory<PgConnectOptions> createConnectionFactory(
      Vertx vertx, NetClientOptions transport) {
    return new CheckedConnectionFactory((VertxInternal) vertx, transport, servers);
  }
}
