package dev.paymeter.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.app.config.Settings;
import dev.paymeter.kubernetes.NetworkRules.Pod;
import dev.paymeter.support.RequiredPrograms;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarSource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.SecretKeySelector;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import io.fabric8.openshift.api.model.monitoring.v1alpha1.AlertmanagerConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The result of each overlay; the tests of all overlays first. */
class OverlaysIT {
  private static final Path OVERLAYS = Path.of("k8s", "overlays");

  /** Environment variables of PostgreSQL's image. */
  private static final List<String> POSTGRES_VARIABLES =
      List.of("POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD", "PGDATA");

  static Stream<String> overlays() throws IOException {
    try (Stream<Path> directories = Files.list(OVERLAYS)) {
      return directories
          .map(directory -> directory.getFileName().toString())
          .sorted()
          .toList()
          .stream();
    }
  }

  private static Manifests overlay(String name) {
    return Manifests.kustomize(RequiredPrograms.kubectl(), OVERLAYS.resolve(name));
  }

  @Test
  void overlays_areTheseThree() throws IOException {
    assertThat(overlays()).containsExactly("dev", "prod", "staging");
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void pods_passTheRestrictedProfile_withAReadOnlyRoot(String overlay) {
    assertThat(overlay(overlay).all(StatefulSet.class))
        .isNotEmpty()
        .extracting(workload -> workload.getSpec().getTemplate())
        .allSatisfy(
            pod -> {
              assertThat(RestrictedProfile.violations(pod)).isEmpty();
              assertThat(pod.getSpec().getAutomountServiceAccountToken()).isFalse();
              assertThat(pod.getSpec().getEnableServiceLinks()).isFalse();
              assertThat(pod.getSpec().getContainers())
                  .allSatisfy(
                      container ->
                          assertThat(container.getSecurityContext().getReadOnlyRootFilesystem())
                              .isTrue());
            });
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void objects_areInTheOneNamespace_whichEnforcesTheRestrictedProfile(String overlay) {
    Manifests manifests = overlay(overlay);
    Namespace namespace = manifests.only(Namespace.class);

    assertThat(namespace.getMetadata().getLabels())
        .containsEntry("pod-security.kubernetes.io/enforce", "restricted");
    assertThat(manifests.all())
        .filteredOn(object -> object != namespace)
        .extracting(object -> object.getMetadata().getNamespace())
        .containsOnly(namespace.getMetadata().getName());
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void settings_areAccepted_andNoVariableIsUnknown(String overlay) throws Exception {
    assertThat(new DeployedPod(overlay(overlay)).settings("paymeter-0").warnings()).isEmpty();
  }

  /** An instance does not start beside one whose simulated gateways have other journals. */
  @ParameterizedTest
  @MethodSource("overlays")
  void replicas_severalOnlyWithRealGateways(String overlay) throws Exception {
    Manifests manifests = overlay(overlay);
    DeployedPod pod = new DeployedPod(manifests);
    boolean isSimulated =
        pod.settings("paymeter-0").gateways().values().stream()
            .anyMatch(Settings.Gateway::isSimulated);
    boolean isOne = Objects.equals(pod.workload().getSpec().getReplicas(), 1);

    assertThat(isSimulated).isEqualTo(isOne);
    assertThat(manifests.all(PersistentVolumeClaim.class)).hasSize(isSimulated ? 1 : 0);
    if (isSimulated) {
      assertThat(manifests.all(HorizontalPodAutoscaler.class)).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void services_selectPodsThatHaveTheirPorts(String overlay) {
    Manifests manifests = overlay(overlay);

    for (Service service : manifests.all(Service.class)) {
      List<PodTemplateSpec> pods =
          manifests.all(StatefulSet.class).stream()
              .map(workload -> workload.getSpec().getTemplate())
              .filter(pod -> has(pod.getMetadata().getLabels(), service.getSpec().getSelector()))
              .toList();
      assertThat(pods).as(service.getMetadata().getName()).hasSize(1);
      assertThat(pods.get(0).getSpec().getContainers().get(0).getPorts())
          .extracting(port -> port.getName())
          .containsAll(
              service.getSpec().getPorts().stream()
                  .map((ServicePort port) -> port.getTargetPort().getStrVal())
                  .toList());
    }
  }

  private static boolean has(Map<String, String> labels, Map<String, String> expected) {
    return labels.entrySet().containsAll(expected.entrySet());
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void labels_nameTheStage_andAreInNoSelector(String overlay) {
    Manifests manifests = overlay(overlay);

    assertThat(manifests.all())
        .extracting(object -> object.getMetadata().getLabels())
        .allSatisfy(labels -> assertThat(labels).containsEntry("paymeter.dev/stage", overlay));
    assertThat(manifests.all(StatefulSet.class))
        .extracting(workload -> workload.getSpec().getSelector().getMatchLabels())
        .allSatisfy(labels -> assertThat(labels).doesNotContainKey("paymeter.dev/stage"));
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void passwords_areInNoManifest(String overlay) {
    Manifests manifests = overlay(overlay);

    assertThat(variables(manifests))
        .filteredOn(variable -> variable.getName().matches(".*(PASSWORD|URL|SECRET_KEY).*"))
        .isNotEmpty()
        .extracting(EnvVar::getValueFrom)
        .extracting(EnvVarSource::getSecretKeyRef)
        .extracting(SecretKeySelector::getName)
        .contains("paymeter-database")
        .isSubsetOf("paymeter-database", "paymeter-stripe");
    assertThat(manifests.all()).noneMatch(object -> object.getKind().equals("Secret"));
  }

  private static List<EnvVar> variables(Manifests manifests) {
    return manifests.all(StatefulSet.class).stream()
        .flatMap(workload -> workload.getSpec().getTemplate().getSpec().getContainers().stream())
        .flatMap(container -> container.getEnv().stream())
        .toList();
  }

  @Test
  void dev_isOneReplicaBesideItsPostgres_andNeedsNoOperator() {
    Manifests dev = overlay("dev");

    assertThat(dev.all(StatefulSet.class))
        .allSatisfy(workload -> assertThat(workload.getSpec().getReplicas()).isEqualTo(1))
        .extracting(workload -> workload.getMetadata().getName())
        .containsExactlyInAnyOrder("paymeter", "postgres");
    assertThat(dev.all())
        .extracting(HasMetadata::getApiVersion)
        .noneMatch(version -> version.startsWith("monitoring.coreos.com/"));
  }

  @Test
  void dev_postgresHasTheAddressInTheKustomizationsUrl() throws IOException {
    Manifests dev = overlay("dev");
    String explained = Files.readString(OVERLAYS.resolve("dev").resolve("kustomization.yaml"));
    URI url =
        URI.create(
            explained
                .lines()
                .filter(line -> line.contains("url="))
                .findFirst()
                .orElseThrow()
                .replaceFirst(".*url=", "")
                .replace("$password", "password"));
    StatefulSet postgres = dev.named(StatefulSet.class, "postgres");
    Service service = dev.named(Service.class, url.getHost());

    assertThat(service.getSpec().getPorts().get(0).getPort()).isEqualTo(url.getPort());
    assertThat(postgres.getSpec().getTemplate().getSpec().getContainers().get(0).getEnv())
        .extracting(EnvVar::getName)
        .containsExactlyElementsOf(POSTGRES_VARIABLES);
    assertThat(postgres.getSpec().getTemplate().getSpec().getContainers().get(0).getEnv())
        .contains(
            new EnvVar("POSTGRES_DB", url.getPath().substring(1), null),
            new EnvVar("POSTGRES_USER", url.getUserInfo().split(":")[0], null));
  }

  @Test
  void dev_postgresIsReachableFromPaymeterOnly() {
    Manifests dev = overlay("dev");
    NetworkRules rules =
        new NetworkRules(dev.all(NetworkPolicy.class), new DeployedPod(dev).container().getPorts());
    Pod postgres = pod(dev, "postgres");

    assertThat(rules.allowsIngress(pod(dev, "paymeter"), postgres, 5432)).isTrue();
    assertThat(rules.allowsEgress(pod(dev, "paymeter"), postgres, "TCP", 5432)).isTrue();
    assertThat(rules.allowsIngress(pod(dev, "paymeter"), postgres, 22)).isFalse();
    assertThat(rules.allowsIngress(new Pod(Map.of("app", "shop"), "shop"), postgres, 5432))
        .isFalse();
    assertThat(rules.allowsEgress(postgres, pod(dev, "paymeter"), "TCP", 8080)).isFalse();
  }

  private static Pod pod(Manifests manifests, String workload) {
    StatefulSet found = manifests.named(StatefulSet.class, workload);
    return new Pod(
        found.getSpec().getTemplate().getMetadata().getLabels(),
        found.getMetadata().getNamespace());
  }

  @Test
  void staging_isScraped_withAFixedNumberOfReplicas() {
    Manifests staging = overlay("staging");

    assertThat(staging.only(StatefulSet.class).getSpec().getReplicas()).isEqualTo(3);
    assertThat(staging.all(HorizontalPodAutoscaler.class)).isEmpty();
    assertThat(staging.only(ServiceMonitor.class).getMetadata().getLabels())
        .containsEntry("release", "kube-prometheus-stack");
  }

  @Test
  void prod_isScaledAndScrapedAndSendsAlerts() {
    Manifests prod = overlay("prod");

    assertThat(prod.only(HorizontalPodAutoscaler.class).getSpec().getMinReplicas())
        .isGreaterThanOrEqualTo(3);
    assertThat(prod.only(ServiceMonitor.class).getMetadata().getLabels())
        .containsEntry("release", "kube-prometheus-stack");
    assertThat(prod.only(AlertmanagerConfig.class).getMetadata().getLabels())
        .containsEntry("release", "kube-prometheus-stack");
    assertThat(prod.only(RoleBinding.class).getSubjects().get(0).getNamespace())
        .as("Prometheus keeps its namespace")
        .isEqualTo("monitoring");
  }

  @Test
  void prod_replicasAreKeptApart() {
    StatefulSet workload = overlay("prod").only(StatefulSet.class);

    assertThat(workload.getSpec().getTemplate().getSpec().getTopologySpreadConstraints())
        .allSatisfy(
            constraint -> {
              assertThat(constraint.getWhenUnsatisfiable()).isEqualTo("DoNotSchedule");
              assertThat(constraint.getNodeTaintsPolicy()).isEqualTo("Honor");
              assertThat(constraint.getLabelSelector()).isEqualTo(workload.getSpec().getSelector());
            })
        .extracting(TopologySpreadConstraint::getTopologyKey)
        .containsExactly("kubernetes.io/hostname", "topology.kubernetes.io/zone");
  }

  @Test
  void prod_apiIsOpenForLabelledNamespacesOnly() {
    Manifests prod = overlay("prod");
    NetworkRules rules =
        new NetworkRules(
            prod.all(NetworkPolicy.class), new DeployedPod(prod).container().getPorts());
    Pod paymeter = pod(prod, "paymeter");
    Map<String, String> clientLabel = Map.of("paymeter.dev/client", "true");

    assertThat(rules.allowsIngress(new Pod(Map.of(), "shop", clientLabel), paymeter, 8080))
        .isTrue();
    assertThat(rules.allowsIngress(new Pod(Map.of(), "shop", clientLabel), paymeter, 8000))
        .isFalse();
    assertThat(rules.allowsIngress(new Pod(Map.of(), "shop"), paymeter, 8080)).isFalse();
  }
}
