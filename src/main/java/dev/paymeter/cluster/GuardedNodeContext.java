package dev.paymeter.cluster;

import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.instance.impl.DefaultNodeContext;
import com.hazelcast.instance.impl.DefaultNodeExtension;
import com.hazelcast.instance.impl.Node;
import com.hazelcast.instance.impl.NodeExtension;
import com.hazelcast.nio.MemberSocketInterceptor;

/**
 * A Hazelcast that asks our guard about each connection. Its own edition without a licence asks
 * nobody, though the place to ask is there: what is configured is not handed out.
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
