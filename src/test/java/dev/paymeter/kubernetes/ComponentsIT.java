package dev.paymeter.kubernetes;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.paymeter.app.config.ConfigSource;
import dev.paymeter.app.config.Settings;
import dev.paymeter.gateway.stripe.StripeWebhooks;
import dev.paymeter.support.RequiredPrograms;
import dev.paymeter.support.TestAlertmanager;
import dev.paymeter.support.service.RunningService;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerSpec;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricSpec;
import io.fabric8.openshift.api.model.monitoring.v1.Endpoint;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import io.fabric8.openshift.api.model.monitoring.v1alpha1.AlertmanagerConfig;
import io.fabric8.openshift.api.model.monitoring.v1alpha1.Matcher;
import io.fabric8.openshift.api.model.monitoring.v1alpha1.Route;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The changes that each component makes to Paymeter and its monitoring. */
class ComponentsIT {
  private static final Path K8S = Path.of("k8s").toAbsolutePath();
  private static final Path COMPONENTS = K8S.resolve("components");

  /** Connections of an instance besides its pool: 3 for the audit, 4 for webhooks, 3 for proofs. */
  private static final int OTHER_CONNECTIONS = 10;

  @TempDir Path directory;

  private Manifests with(String... components) throws IOException {
    Path base = directory.toRealPath();
    String listed =
        Stream.of(components)
            .map(name -> "  - " + base.relativize(COMPONENTS.resolve(name)) + "\n")
            .collect(joining());
    Files.writeString(
        base.resolve("kustomization.yaml"),
        "resources:\n  - " + base.relativize(K8S) + "\ncomponents:\n" + listed);
    return Manifests.kustomize(RequiredPrograms.kubectl(), base);
  }

  @Test
  void components_areThoseTestedHere() throws IOException {
    try (Stream<Path> directories = Files.list(COMPONENTS)) {
      assertThat(directories.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "alertmanager",
              "hpa-cpu",
              "hpa-payments",
              "release-label",
              "stripe",
              "stripe-webhooks",
              "tls");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"hpa-cpu", "hpa-payments"})
  void autoscaler_isTheOnlyOneThatSetsReplicas(String component) throws IOException {
    Manifests manifests = with(component);
    StatefulSet workload = manifests.only(StatefulSet.class);
    HorizontalPodAutoscalerSpec autoscaler =
        manifests.only(HorizontalPodAutoscaler.class).getSpec();

    assertThat(workload.getSpec().getReplicas()).isNull();
    assertThat(autoscaler.getScaleTargetRef().getApiVersion()).isEqualTo(workload.getApiVersion());
    assertThat(autoscaler.getScaleTargetRef().getKind()).isEqualTo(workload.getKind());
    assertThat(autoscaler.getScaleTargetRef().getName())
        .isEqualTo(workload.getMetadata().getName());
    assertThat(autoscaler.getMinReplicas()).isEqualTo(3);
    assertThat(autoscaler.getMaxReplicas()).isGreaterThan(3);
  }

  /** A replica has ended before the next one is terminated. */
  @ParameterizedTest
  @ValueSource(strings = {"hpa-cpu", "hpa-payments"})
  void autoscaler_removesReplicasOneByOne(String component) throws IOException {
    Manifests manifests = with(component);
    HorizontalPodAutoscalerSpec autoscaler =
        manifests.only(HorizontalPodAutoscaler.class).getSpec();

    assertThat(autoscaler.getBehavior().getScaleDown().getPolicies())
        .singleElement()
        .satisfies(
            policy -> {
              assertThat(policy.getType()).isEqualTo("Pods");
              assertThat(policy.getValue()).isEqualTo(1);
              assertThat(policy.getPeriodSeconds().longValue())
                  .isGreaterThan(
                      new DeployedPod(manifests).pod().getTerminationGracePeriodSeconds());
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"hpa-cpu", "hpa-payments"})
  void autoscaler_connectionsOfAllReplicas_areAsItsCommentSays(String component) throws Exception {
    Manifests manifests = with(component);
    int connections =
        manifests.only(HorizontalPodAutoscaler.class).getSpec().getMaxReplicas()
            * (new DeployedPod(manifests).settings("paymeter-0").database().poolSize()
                + OTHER_CONNECTIONS);

    assertThat(
            Files.readString(
                COMPONENTS.resolve(component).resolve("horizontal-pod-autoscaler.yaml")))
        .contains("the defaults " + connections + ",");
  }

  @Test
  void autoscalerOnCpu_targetsAShareOfTheContainersRequest() throws IOException {
    Manifests manifests = with("hpa-cpu");
    MetricSpec metric = onlyMetric(manifests);

    assertThat(metric.getResource().getName()).isEqualTo("cpu");
    assertThat(metric.getResource().getTarget().getAverageUtilization()).isBetween(1, 100);
    assertThat(new DeployedPod(manifests).container().getResources().getRequests())
        .containsKey("cpu");
  }

  @Test
  void autoscalerOnPayments_targetsTheAdaptersMetric_whichExists() throws IOException {
    MetricSpec metric = onlyMetric(with("hpa-payments"));
    Map<?, ?> rule = adapterRule();
    String series = String.valueOf(rule.get("seriesQuery"));

    assertThat(metric.getPods().getMetric().getName())
        .isEqualTo(((Map<?, ?>) rule.get("name")).get("as"));
    assertThat(metric.getPods().getTarget().getType()).isEqualTo("AverageValue");
    assertThat(Quantity.getAmountInBytes(metric.getPods().getTarget().getAverageValue()))
        .isPositive();
    assertThat(((Map<?, ?>) ((Map<?, ?>) rule.get("resources")).get("overrides")).keySet())
        .allSatisfy(label -> assertThat(series).contains(label + "!=\"\""));
    try (RunningService service = RunningService.start()) {
      assertThat(service.metrics()).contains("\n" + series.substring(0, series.indexOf('{')) + "{");
    }
  }

  private static Map<?, ?> adapterRule() throws IOException {
    Map<?, ?> values = yaml(COMPONENTS.resolve("hpa-payments/adapter-values.yaml"));
    List<?> rules = (List<?>) ((Map<?, ?>) values.get("rules")).get("custom");
    assertThat(rules).hasSize(1);
    return (Map<?, ?>) rules.get(0);
  }

  private static MetricSpec onlyMetric(Manifests manifests) {
    List<MetricSpec> metrics = manifests.only(HorizontalPodAutoscaler.class).getSpec().getMetrics();
    assertThat(metrics).hasSize(1);
    return metrics.get(0);
  }

  @Test
  void stripe_replacesTheSimulatedGateways() throws Exception {
    Manifests manifests = with("stripe");
    DeployedPod pod = new DeployedPod(manifests);
    Settings settings = pod.settings("paymeter-0");

    assertThat(settings.warnings()).isEmpty();
    assertThat(settings.gateways()).containsOnlyKeys("stripe");
    assertThat(settings.gateways().get("stripe").stripe().orElseThrow().secretKey())
        .isEqualTo("sk_test_REPLACE_ME");
    assertThat(manifests.all(PersistentVolumeClaim.class)).isEmpty();
    assertThat(pod.pod().getVolumes())
        .extracting(Volume::getName)
        .containsExactlyInAnyOrder("settings", "keys", "tmp");
    assertThat(pod.container().getVolumeMounts())
        .extracting(VolumeMount::getName)
        .containsExactlyInAnyOrder("settings", "keys", "tmp");
  }

  @Test
  void stripeWebhooks_haveTheirSecretsFromAFile() throws IOException {
    DeployedPod pod = new DeployedPod(with("stripe", "stripe-webhooks"));
    Secret example =
        Manifests.parse(Files.readString(COMPONENTS.resolve("stripe-webhooks/secret.example.yaml")))
            .only(Secret.class);

    Path file =
        Path.of(
            pod.environment("paymeter-0")
                .get(ConfigSource.variable("gateways.stripe.webhook-secrets-file")));

    assertThat(pod.volumeAt(file.getParent().toString()).getSecret().getSecretName())
        .isEqualTo(example.getMetadata().getName());
    StripeWebhooks.checkSecrets(example.getStringData().get(file.getFileName().toString()));
  }

  @Test
  void tls_bothPorts_useTheSecretsCertificate() throws IOException {
    DeployedPod pod = new DeployedPod(with("tls"));
    Map<String, String> environment = pod.environment("paymeter-0");

    for (String port : List.of("http", "management")) {
      Path certificate = mounted(environment, port + ".tls.certificate");
      Path key = mounted(environment, port + ".tls.key");
      assertThat(certificate).hasFileName("tls.crt");
      assertThat(key).hasFileName("tls.key").hasParentRaw(certificate.getParent());
      assertThat(pod.volumeAt(key.getParent().toString()).getSecret().getSecretName())
          .isEqualTo("paymeter-tls");
    }
  }

  private static Path mounted(Map<String, String> environment, String setting) {
    return Path.of(environment.get(ConfigSource.variable(setting)));
  }

  @Test
  void tls_probesAndPrometheus_useHttps() throws IOException {
    Manifests manifests = with("tls");
    Container container = new DeployedPod(manifests).container();
    Endpoint scraped = manifests.only(ServiceMonitor.class).getSpec().getEndpoints().get(0);

    assertThat(
            Stream.of(
                container.getStartupProbe(),
                container.getLivenessProbe(),
                container.getReadinessProbe()))
        .extracting(probe -> probe.getHttpGet().getScheme())
        .containsOnly("HTTPS");
    assertThat(String.valueOf(scraped.getScheme())).isEqualToIgnoringCase("https");
    assertThat(scraped.getTlsConfig().getCa().getSecret().getName()).isEqualTo("paymeter-tls");
    assertThat(scraped.getTlsConfig().getServerName()).isEqualTo("paymeter");
    assertThat(scraped.getTlsConfig().getInsecureSkipVerify()).isNull();
    assertThat(
            manifests.named(Service.class, "paymeter").getSpec().getPorts().get(0).getAppProtocol())
        .isEqualTo("https");
  }

  @Test
  void releaseLabel_isOnTheOperatorsObjectsOnly() throws IOException {
    assertThat(with("alertmanager", "release-label").all())
        .filteredOn(object -> has(object, "release"))
        .extracting(HasMetadata::getKind, object -> object.getMetadata().getLabels().get("release"))
        .containsExactlyInAnyOrder(
            tuple("ServiceMonitor", "kube-prometheus-stack"),
            tuple("PrometheusRule", "kube-prometheus-stack"),
            tuple("AlertmanagerConfig", "kube-prometheus-stack"));
  }

  private static boolean has(HasMetadata object, String label) {
    return object.getMetadata().getLabels() != null
        && object.getMetadata().getLabels().containsKey(label);
  }

  @Test
  void alertmanager_routesAreThoseOfThePlainOne() throws IOException {
    Route route = with("alertmanager").only(AlertmanagerConfig.class).getSpec().getRoute();
    Map<?, ?> plain = (Map<?, ?>) plainAlertmanager().get("route");
    List<Map<String, Object>> children = new ArrayList<>();
    for (JsonNode child : route.getRoutes()) {
      children.add(asPlain(read(child)));
    }
    Map<String, Object> all = asPlain(route);
    all.put("routes", children);

    assertThat(all).isEqualTo(plain);
  }

  /** The generated class has no type for {@code routes}, which is recursive. */
  private static Route read(JsonNode route) {
    try {
      return new ObjectMapper().treeToValue(route, Route.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Map<String, Object> asPlain(Route route) {
    assertThat(route.getAdditionalProperties()).isEmpty();
    Map<String, Object> plain = new LinkedHashMap<>();
    put(plain, "receiver", route.getReceiver());
    put(plain, "group_by", route.getGroupBy().isEmpty() ? null : route.getGroupBy());
    put(plain, "group_wait", route.getGroupWait());
    put(plain, "group_interval", route.getGroupInterval());
    put(plain, "repeat_interval", route.getRepeatInterval());
    put(plain, "matchers", route.getMatchers().isEmpty() ? null : asPlain(route.getMatchers()));
    return plain;
  }

  private static void put(Map<String, Object> map, String key, Object value) {
    if (value != null) {
      map.put(key, value);
    }
  }

  private static List<String> asPlain(List<Matcher> matchers) {
    return matchers.stream()
        .map(one -> one.getName() + one.getMatchType() + '"' + one.getValue() + '"')
        .toList();
  }

  /** Without the inhibition of alerts without a namespace, which the operator separates. */
  @Test
  void alertmanager_inhibitionsAreThoseOfThePlainOne() throws IOException {
    List<Map<String, Object>> ours =
        with("alertmanager").only(AlertmanagerConfig.class).getSpec().getInhibitRules().stream()
            .map(
                rule ->
                    Map.<String, Object>of(
                        "source_matchers", asPlain(rule.getSourceMatch()),
                        "target_matchers", asPlain(rule.getTargetMatch()),
                        "equal", rule.getEqual()))
            .toList();
    List<?> plain =
        ((List<?>) plainAlertmanager().get("inhibit_rules"))
            .stream().filter(rule -> !rule.toString().contains("namespace=\"\"")).toList();

    assertThat(ours).isEqualTo(plain);
  }

  @Test
  void alertmanager_receiversAreThoseOfThePlainOne_withAddressesFromTheSecret() throws IOException {
    List<String> plain =
        ((List<?>) plainAlertmanager().get("receivers"))
            .stream().map(receiver -> String.valueOf(((Map<?, ?>) receiver).get("name"))).toList();

    assertThat(with("alertmanager").only(AlertmanagerConfig.class).getSpec().getReceivers())
        .allSatisfy(
            receiver ->
                assertThat(receiver.getWebhookConfigs())
                    .singleElement()
                    .satisfies(
                        webhook -> {
                          assertThat(webhook.getUrl()).isNull();
                          assertThat(webhook.getUrlSecret().getName())
                              .isEqualTo("paymeter-receivers");
                          assertThat(webhook.getUrlSecret().getKey()).isEqualTo(receiver.getName());
                        }))
        .extracting(receiver -> receiver.getName())
        .isEqualTo(plain);
  }

  private static Map<?, ?> plainAlertmanager() throws IOException {
    return yaml(TestAlertmanager.SHIPPED);
  }

  private static Map<?, ?> yaml(Path file) throws IOException {
    return (Map<?, ?>)
        new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file));
  }
}
