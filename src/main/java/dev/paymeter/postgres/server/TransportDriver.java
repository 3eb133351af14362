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
 * Vert.x's PostgreSQL driver, with the pool's transport options, which that of Vert.x 5.0.8 drops
 * without a word (vertx-sql-client, issue 1608). To be removed with the Vert.x that has the fix.
 */
final class TransportDriver extends PgDriver {
  @Override
  public ConnectionFactory<PgConnectOptions> createConnectionFactory(
      Vertx vertx, NetClientOptions transport) {
    return new PgConnectionFactory(new Transport((VertxInternal) vertx, transport));
  }

  /** Makes TCP clients as the transport options say. */
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
