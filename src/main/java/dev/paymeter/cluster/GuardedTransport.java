package dev.paymeter.cluster;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.impl.transports.NioTransport;
import io.vertx.core.impl.transports.TransportInternal;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.transport.Transport;
import java.net.InetSocketAddress;

/**
 * NIO transport of Vert.x that accepts connections to the event bus port only from the configured
 * networks, and valid frames from these. The event bus creates its server itself and has no other
 * extension point for this.
 */
final class GuardedTransport extends NioTransport {
  private final int busPort;
  private final NetworkGuard guard;
  private final BusFrameDecoder.FrameMemory frameMemory = BusFrameDecoder.FrameMemory.ofProcess();

  private GuardedTransport(int busPort, NetworkGuard guard) {
    this.busPort = busPort;
    this.guard = guard;
  }

  static Transport of(int busPort, NetworkGuard guard) {
    return new TransportInternal("nio", true, null, new GuardedTransport(busPort, guard));
  }

  @Override
  public void configure(NetServerOptions options, boolean domainSocket, ServerBootstrap bootstrap) {
    super.configure(options, domainSocket, bootstrap);
    if (options.getPort() == busPort) {
      bootstrap.handler(new Guard());
    }
  }

  /** Closes accepted connections from other networks before they are processed. */
  private final class Guard extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      Channel accepted = (Channel) message;
      if (guard.isAllowed(((InetSocketAddress) accepted.remoteAddress()).getAddress())) {
        accepted.pipeline().addLast(new DecoderInstaller());
        context.fireChannelRead(message);
      } else {
        accepted.unsafe().closeForcibly(); // it has no event loop yet
      }
    }
  }

  /** Adds the decoder of frames when bytes arrive: then Vert.x has added TLS, which precedes it. */
  private final class DecoderInstaller extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ChannelPipeline pipeline = context.pipeline();
      ChannelHandlerContext tls = pipeline.context(SslHandler.class);
      pipeline.addAfter(
          tls == null ? context.name() : tls.name(), null, new BusFrameDecoder(frameMemory, guard));
      context.fireChannelRead(message);
      pipeline.remove(this);
    }
  }
}
