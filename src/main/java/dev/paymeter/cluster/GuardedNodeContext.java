package dev.paymeter.cluster;

import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.instance.impl.DefaultNodeContext;
import com.hazelcast.instance.impl.DefaultNodeExtension;
import com.hazelcast.instance.impl.Node;
import com.hazelcast.instance.impl.NodeExtension;
import com.hazelcast.nio.MemberSocketInterceptor;

/**
 * Context of a Hazelcast member that checks each connection with the guard. Hazelcast's open-source
 * edition ignores a configured socket interceptor.
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
    };
  }
}
