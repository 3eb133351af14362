package dev.paymeter.cluster;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.vertx.core.impl.transports.NioTransport;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.transport.Transport;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * NIO transport of Vert.x that accepts connections to the event bus port only from the configured
 * networks. The event bus creates its server itself and has no other extension point for this.
 */
final class GuardedTransport extends NioTransport implements Transport {
  private final int busPort;
  private final Guard guard;

  GuardedTransport(int busPort, NetworkGuard guard) {
    this.busPort = busPort;
    this.guard = new Guard(guard);
  }

  @Override
  public void configure(NetServerOptions options, boolean domainSocket, ServerBootstrap bootstrap) {
    super.configure(options, domainSocket, bootstrap);
    if (options.getPort() == busPort) {
      bootstrap.handler(guard);
    }
  }

  /** Closes accepted connections from other networks before they are processed. */
  @ChannelHandler.Sharable
  private static final class Guard extends ChannelInboundHandlerAdapter {
    private final NetworkGuard networks;

    Guard(NetworkGuard networks) {
      this.networks = networks;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      Channel accepted = (Channel) message;
      if (networks.isAllowed(((InetSocketAddress) accepted.remoteAddress()).getAddress())) {
        context.fireChannelRead(message);
      } else {
        accepted.unsafe().closeForcibly(); // it has no event loop yet
      }
    }
  }

  @Override
  public String name() {
    return "nio";
  }

  @Override
  public boolean available() {
    return true;
  }

  @Override
  public @Nullable Throwable unavailabilityCause() {
    return null;
  }

  @Override
  public io.vertx.core.spi.transport.Transport implementation() {
    return this;
  }
}
