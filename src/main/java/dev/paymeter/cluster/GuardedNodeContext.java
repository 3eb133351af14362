package dev.paymeter.cluster;

import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.instance.impl.DefaultNodeContext;
import com.hazelcast.instance.impl.DefaultNodeExtension;
import com.hazelcast.instance.impl.Node;
import com.hazelcast.instance.impl.NodeExtension;
import com.hazelcast.internal.networking.InboundHandler;
import com.hazelcast.internal.server.ServerConnection;
import com.hazelcast.internal.server.ServerContext;
import com.hazelcast.nio.MemberSocketInterceptor;

/**
 * Context of a Hazelcast member that checks each connection with the guard, and the length of each
 * packet. Hazelcast's open-source edition ignores a configured socket interceptor.
 */
final class GuardedNodeContext extends DefaultNodeContext {
  private final MemberSocketInterceptor guard;

  GuardedNodeContext(MemberSocketInterceptor guard) {
    this.guard = guard;
  }

  @Override
  public NodeExtension createNodeExtension(Node node) {
    return new DefaultNodeExtension(node) {
      @Override
      public MemberSocketInterceptor getSocketInterceptor(EndpointQualifier endpoint) {
        return guard;
      }

      @Override
      @SuppressWarnings("rawtypes") // The types of Hazelcast's method.
      public InboundHandler[] createInboundHandlers(
          EndpointQualifier endpoint, ServerConnection connection, ServerContext context) {
        return new InboundHandler[] {
          new BoundedPacketDecoder(connection, node.getNodeEngine().getPacketDispatcher())
        };
      }
    };
  }
}
