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
    return new PgConnectionFactory(new Transport((VertxInternal) vertx, transport));
  }

  /** Creates TCP clients with the transport options. */
  private static final class Transport extends VertxWrapper {
    private final NetClientOptions transport;

    Transport(VertxInternal vertx, NetClientOptions transport) {
      super(vertx);
      this.transport = transport;
    }

    @Override
    public NetClient createNetClient(NetClientOptions options) {
      return super.createNetClient(
          new NetClientOptions(transport).setReconnectAttempts(options.getReconnectAttempts()));
    }
  }
}
