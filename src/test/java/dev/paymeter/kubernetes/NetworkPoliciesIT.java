package dev.paymeter.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.kubernetes.NetworkRules.Address;
import dev.paymeter.kubernetes.NetworkRules.Party;
import dev.paymeter.kubernetes.NetworkRules.Pod;
import dev.paymeter.support.RequiredPrograms;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The connections that the policies of {@code k8s/base} allow; other tests check their ports. */
class NetworkPoliciesIT {
  private static final int API = 8080;
  private static final int MANAGEMENT = 8000;
  private static final int CLUSTER = 5701;
  private static final int EVENT_BUS = 5702;
  private static final int DATABASE = 5432;

  private static final Pod CLIENT = new Pod(Map.of("app", "shop"), "shop");
  private static final Pod PROMETHEUS =
      new Pod(Map.of("app.kubernetes.io/name", "prometheus"), "monitoring");
  private static final Pod DNS = new Pod(Map.of("k8s-app", "kube-dns"), "kube-system");
  private static final Address INTERNET = new Address("203.0.113.7");

  static NetworkRules rules;
  static Pod paymeter;
  static Pod neighbour;

  @BeforeAll
  static void build() {
    Manifests manifests = Manifests.kustomize(RequiredPrograms.kubectl(), Path.of("k8s", "base"));
    PodTemplateSpec template = manifests.only(StatefulSet.class).getSpec().getTemplate();
    List<ContainerPort> ports = template.getSpec().getContainers().get(0).getPorts();
    rules = new NetworkRules(manifests.all(NetworkPolicy.class), ports);
    String namespace = manifests.only(StatefulSet.class).getMetadata().getNamespace();
    paymeter = new Pod(template.getMetadata().getLabels(), namespace);
    neighbour = new Pod(Map.of("app", "neighbour"), namespace);
  }

  @Test
  void api_isForPodsOfTheCluster() {
    assertThat(portsFor(CLIENT)).containsExactly(API);
    assertThat(portsFor(neighbour)).containsExactly(API);
  }

  @Test
  void outside_nothingIsOpen() {
    assertThat(portsFor(INTERNET)).isEmpty();
    assertThat(portsFor(new Address("10.1.2.3"))).isEmpty();
  }

  @Test
  void management_isForPrometheusOnly() {
    assertThat(portsFor(PROMETHEUS)).contains(MANAGEMENT).doesNotContain(DATABASE);
    assertThat(portsFor(new Pod(Map.of("app", "other"), "monitoring"))).containsExactly(API);
    assertThat(portsFor(new Pod(PROMETHEUS.labels(), "shop"))).containsExactly(API);
  }

  @Test
  void members_reachEachOtherOnTheClustersPortsOnly() {
    assertThat(portsFor(paymeter)).containsExactly(CLUSTER, EVENT_BUS, API);
    assertThat(rules.egressPorts(paymeter, paymeter)).containsExactly(DATABASE, CLUSTER, EVENT_BUS);
  }

  @Test
  void members_areOfOneNamespace() {
    Pod ofAnother = new Pod(paymeter.labels(), "paymeter-staging");

    assertThat(portsFor(ofAnother)).containsExactly(API);
    assertThat(rules.allowsEgress(paymeter, ofAnother, "TCP", CLUSTER)).isFalse();
  }

  @Test
  void neighbours_nothingIsOpen() {
    assertThat(rules.ingressPorts(CLIENT, neighbour)).isEmpty();
    assertThat(rules.ingressPorts(paymeter, neighbour)).isEmpty();
  }

  @Test
  void paymeter_reachesDnsAndTheDatabase() {
    assertThat(rules.allowsEgress(paymeter, DNS, "UDP", 53)).isTrue();
    assertThat(rules.allowsEgress(paymeter, DNS, "TCP", 53)).isTrue();
    assertThat(rules.allowsEgress(paymeter, new Address("10.1.2.3"), "TCP", DATABASE)).isTrue();
    assertThat(rules.allowsEgress(paymeter, new Pod(Map.of(), "databases"), "TCP", DATABASE))
        .isTrue();
  }

  @Test
  void paymeter_reachesGatewaysOnPublicAddressesOnly() {
    assertThat(rules.allowsEgress(paymeter, INTERNET, "TCP", 443)).isTrue();
    assertThat(rules.allowsEgress(paymeter, new Address("2001:db8::7"), "TCP", 443)).isTrue();
    assertThat(
            List.of(
                "10.1.2.3",
                "100.64.0.1",
                "169.254.169.254",
                "172.31.0.1",
                "192.168.1.1",
                "fd00::1"))
        .noneMatch(address -> rules.allowsEgress(paymeter, new Address(address), "TCP", 443));
  }

  @Test
  void paymeter_reachesNothingElse() {
    assertThat(rules.allowsEgress(paymeter, INTERNET, "TCP", 80)).isFalse();
    assertThat(rules.allowsEgress(paymeter, INTERNET, "UDP", 53)).isFalse();
    assertThat(rules.allowsEgress(paymeter, CLIENT, "TCP", API)).isFalse();
    assertThat(rules.allowsEgress(paymeter, PROMETHEUS, "TCP", 9090)).isFalse();
  }

  private static List<Integer> portsFor(Party from) {
    return rules.ingressPorts(from, paymeter);
  }
}
