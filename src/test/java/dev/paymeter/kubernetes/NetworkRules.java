package dev.paymeter.kubernetes;

import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.networking.v1.IPBlock;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyEgressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyIngressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Evaluates NetworkPolicies by the rules of their API: for each direction, a pod that no policy
 * selects is unrestricted; any other pod may do what at least one of its policies allows.
 */
final class NetworkRules {
  private static final int MAX_PORT = 65535;

  private final List<NetworkPolicy> policies;
  private final List<ContainerPort> ports;

  /**
   * @param ports of the selected pods, for policies with port names
   */
  NetworkRules(List<NetworkPolicy> policies, List<ContainerPort> ports) {
    this.policies = policies;
    this.ports = ports;
  }

  /** The other side of a connection. */
  sealed interface Party {}

  /** A pod in a namespace with these labels. */
  record Pod(Map<String, String> labels, String namespace, Map<String, String> namespaceLabels)
      implements Party {
    /** Creates a pod in a namespace with Kubernetes's own label only. */
    Pod(Map<String, String> labels, String namespace) {
      this(labels, namespace, Map.of("kubernetes.io/metadata.name", namespace));
    }
  }

  /** An address outside of all pods. */
  record Address(String text) implements Party {}

  /** Returns whether {@code from} may connect to a TCP port of {@code to}. */
  boolean allowsIngress(Party from, Pod to, int port) {
    return ingress(from, to).test(port);
  }

  /** Returns the TCP ports of {@code to} that {@code from} may connect to. */
  List<Integer> ingressPorts(Party from, Pod to) {
    return ports(ingress(from, to));
  }

  private IntPredicate ingress(Party from, Pod to) {
    return allowed(
        to,
        "Ingress",
        each -> each.getSpec().getIngress().stream().map(r -> rule(each, r)),
        from,
        "TCP");
  }

  /** Returns whether {@code from} may connect to a port of {@code to}. */
  boolean allowsEgress(Pod from, Party to, String protocol, int port) {
    return egress(from, to, protocol).test(port);
  }

  /** Returns the TCP ports of {@code to} that {@code from} may connect to. */
  List<Integer> egressPorts(Pod from, Party to) {
    return ports(egress(from, to, "TCP"));
  }

  private IntPredicate egress(Pod from, Party to, String protocol) {
    return allowed(
        from,
        "Egress",
        each -> each.getSpec().getEgress().stream().map(r -> rule(each, r)),
        to,
        protocol);
  }

  /** Returns which ports a pod may use in a direction, with another party. */
  private IntPredicate allowed(
      Pod pod,
      String direction,
      Function<NetworkPolicy, Stream<Rule>> rules,
      Party other,
      String protocol) {
    List<NetworkPolicy> selecting = policiesFor(pod, direction);
    List<Rule> ofOther =
        selecting.stream().flatMap(rules).filter(rule -> rule.includes(other)).toList();
    return port ->
        selecting.isEmpty() || ofOther.stream().anyMatch(rule -> rule.includes(protocol, port));
  }

  private static List<Integer> ports(IntPredicate isOpen) {
    return IntStream.rangeClosed(1, MAX_PORT).filter(isOpen).boxed().toList();
  }

  private List<NetworkPolicy> policiesFor(Pod pod, String direction) {
    return policies.stream()
        .filter(policy -> policy.getMetadata().getNamespace().equals(pod.namespace()))
        .filter(policy -> policy.getSpec().getPolicyTypes().contains(direction))
        .filter(policy -> matches(policy.getSpec().getPodSelector(), pod.labels()))
        .toList();
  }

  private Rule rule(NetworkPolicy policy, NetworkPolicyIngressRule in) {
    return new Rule(policy.getMetadata().getNamespace(), in.getFrom(), in.getPorts());
  }

  private Rule rule(NetworkPolicy policy, NetworkPolicyEgressRule out) {
    return new Rule(policy.getMetadata().getNamespace(), out.getTo(), out.getPorts());
  }

  /** A rule; without parties it applies to all, without ports to all ports. */
  private final class Rule {
    private final String namespace;
    private final List<NetworkPolicyPeer> parties;
    private final List<NetworkPolicyPort> allowed;

    Rule(String namespace, List<NetworkPolicyPeer> parties, List<NetworkPolicyPort> allowed) {
      this.namespace = namespace;
      this.parties = parties;
      this.allowed = allowed;
    }

    boolean includes(Party party) {
      return parties.isEmpty() || parties.stream().anyMatch(one -> includes(one, party));
    }

    boolean includes(String protocol, int port) {
      return allowed.isEmpty()
          || allowed.stream().anyMatch(one -> matchesPort(one, protocol, port));
    }

    private boolean includes(NetworkPolicyPeer peer, Party party) {
      if (party instanceof Address address) {
        return peer.getIpBlock() != null && contains(peer.getIpBlock(), address.text());
      }
      Pod pod = (Pod) party;
      boolean inNamespace =
          peer.getNamespaceSelector() == null
              ? pod.namespace().equals(namespace)
              : matches(peer.getNamespaceSelector(), pod.namespaceLabels());
      return peer.getIpBlock() == null
          && inNamespace
          && matches(peer.getPodSelector(), pod.labels());
    }
  }

  private boolean matchesPort(NetworkPolicyPort allowed, String protocol, int port) {
    if (allowed.getEndPort() != null) {
      throw new IllegalArgumentException("port ranges are not supported by this test: " + allowed);
    }
    String expected = allowed.getProtocol() == null ? "TCP" : allowed.getProtocol();
    return expected.equals(protocol)
        && (allowed.getPort() == null || number(allowed.getPort()) == port);
  }

  private int number(IntOrString port) {
    return port.getIntVal() != null
        ? port.getIntVal()
        : ports.stream()
            .filter(one -> one.getName().equals(port.getStrVal()))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no port named " + port.getStrVal()))
            .getContainerPort();
  }

  private static boolean matches(LabelSelector selector, Map<String, String> labels) {
    if (selector == null) {
      return true;
    }
    if (!selector.getMatchExpressions().isEmpty()) {
      throw new IllegalArgumentException("expressions are not supported by this test: " + selector);
    }
    return selector.getMatchLabels() == null
        || labels.entrySet().containsAll(selector.getMatchLabels().entrySet());
  }

  private static boolean contains(IPBlock block, String address) {
    List<String> excepted = new ArrayList<>(block.getExcept());
    return inRange(block.getCidr(), address)
        && excepted.stream().noneMatch(range -> inRange(range, address));
  }

  private static boolean inRange(String range, String address) {
    String[] parts = range.split("/");
    byte[] network = bytes(parts[0]);
    byte[] one = bytes(address);
    if (network.length != one.length) {
      return false;
    }
    int free = network.length * Byte.SIZE - Integer.parseInt(parts[1]);
    return Objects.equals(
        new BigInteger(1, network).shiftRight(free), new BigInteger(1, one).shiftRight(free));
  }

  private static byte[] bytes(String address) {
    try {
      return InetAddress.getByName(address).getAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
