package dev.paymeter.kubernetes;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.paymeter.app.config.Settings;
import dev.paymeter.http.management.Health;
import dev.paymeter.http.management.ManagementVerticle;
import dev.paymeter.logging.LoggingSetup;
import dev.paymeter.metrics.queue.Sampling;
import dev.paymeter.monitoring.Dashboard;
import dev.paymeter.support.RequiredPrograms;
import dev.paymeter.support.http.TestVerticles;
import dev.paymeter.support.service.RunningService;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.api.model.rbac.Subject;
import io.fabric8.openshift.api.model.monitoring.v1.Endpoint;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.RelabelConfig;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Compares the manifests with the behaviour of the service. */
class KubernetesManifestsIT {
  private static final Path K8S = Path.of("k8s");

  /** Limit of all annotations of an object together. */
  private static final int MAX_ANNOTATION_BYTES = 256 * 1024;

  /** Labels that the Prometheus Operator adds to a ServiceMonitor's targets. */
  private static final Set<String> OPERATOR_LABELS =
      Set.of("namespace", "service", "pod", "container", "endpoint", "job", "instance");

  /** The kubelet counts the grace period from before the process receives SIGTERM. */
  private static final Duration KUBELET_MARGIN = Duration.ofSeconds(5);

  private static final Pattern SERIES = Pattern.compile("(?m)^\\w+\\{(.*)} \\S+$");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"");

  static Path kubectl;
  static Manifests manifests;
  static DeployedPod deployed;
  static StatefulSet workload;
  static PodSpec pod;
  static Container container;

  @TempDir Path directory;

  @BeforeAll
  static void build() throws IOException {
    kubectl = RequiredPrograms.kubectl();
    manifests = Manifests.kustomize(kubectl, K8S);
    deployed = new DeployedPod(manifests);
    workload = deployed.workload();
    pod = deployed.pod();
    container = deployed.container();
  }

  @Test
  void base_isEverythingButTheObjectsOfTheOperatorAndGrafana() {
    List<HasMetadata> expected = new ArrayList<>(manifests.all());
    expected.removeIf(ServiceMonitor.class::isInstance);
    expected.removeIf(PrometheusRule.class::isInstance);
    expected.removeIf(Role.class::isInstance);
    expected.removeIf(RoleBinding.class::isInstance);
    expected.remove(dashboard());

    assertThat(Manifests.kustomize(kubectl, K8S.resolve("base")).all())
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void objects_allInTheOneNamespace_whichEnforcesTheRestrictedProfile() {
    Namespace namespace = manifests.only(Namespace.class);

    assertThat(List.of("enforce", "audit", "warn"))
        .allSatisfy(
            mode ->
                assertThat(namespace.getMetadata().getLabels())
                    .containsEntry("pod-security.kubernetes.io/" + mode, "restricted"));
    assertThat(manifests.all())
        .filteredOn(object -> object != namespace)
        .allSatisfy(
            object ->
                assertThat(object.getMetadata().getNamespace())
                    .isEqualTo(namespace.getMetadata().getName()));
  }

  @Test
  void pod_passesTheRestrictedProfile() {
    assertThat(RestrictedProfile.violations(workload.getSpec().getTemplate())).isEmpty();
  }

  @Test
  void container_rootIsReadOnly_andJavaHasItsTemporaryDirectory() {
    assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
    assertThat(pod.getSecurityContext().getRunAsUser()).isPositive();
    assertThat(deployed.volumeAt("/tmp").getEmptyDir()).isNotNull();
  }

  @Test
  void pod_hasNoTokenAndNoVariablesOfServices() {
    ServiceAccount account = manifests.named(ServiceAccount.class, pod.getServiceAccountName());

    assertThat(account.getAutomountServiceAccountToken()).isFalse();
    assertThat(pod.getAutomountServiceAccountToken()).isFalse();
    assertThat(pod.getEnableServiceLinks()).isFalse();
  }

  @Test
  void container_requestsCpuAndMemory_andLimitsThem() {
    assertThat(container.getResources().getRequests()).containsOnlyKeys("cpu", "memory");
    assertThat(container.getResources().getLimits())
        .containsOnlyKeys("cpu", "memory")
        .containsEntry("memory", container.getResources().getRequests().get("memory"));
  }

  @Test
  void settings_areAccepted_andNoVariableIsUnknown() throws Exception {
    Settings settings = deployed.settings("paymeter-0");

    assertThat(settings.warnings()).isEmpty();
    assertThat(settings.log().format()).isEqualTo(LoggingSetup.Format.JSON);
  }

  @Test
  void settings_addressesAreReachableFromOutsideThePod() throws Exception {
    Settings settings = deployed.settings("paymeter-0");

    assertThat(settings.http().host()).isEqualTo("0.0.0.0");
    assertThat(settings.management().host()).isEqualTo("0.0.0.0");
  }

  @Test
  void settings_identityIsThePodsName() throws Exception {
    assertThat(deployed.settings("paymeter-1").instanceId()).isEqualTo("paymeter-1");
  }

  @Test
  void secret_isNotDeployed_andTheExampleHasItsFormAndNoPassword() throws Exception {
    assertThat(manifests.all(Secret.class)).isEmpty();
    assertThat(DeployedPod.exampleSecret().getMetadata().getNamespace())
        .isEqualTo(workload.getMetadata().getNamespace());
    String url = deployed.settings("paymeter-0").database().url().orElseThrow().value();

    assertThat(URI.create(url).getUserInfo()).isEqualTo("paymeter:REPLACE_ME");
  }

  @Test
  void containerPorts_areThoseThatTheServiceListensOn() throws Exception {
    Settings settings = deployed.settings("paymeter-0");

    assertThat(container.getPorts())
        .extracting(ContainerPort::getName, ContainerPort::getContainerPort)
        .containsExactlyInAnyOrder(
            tuple("http", settings.http().port()),
            tuple("management", settings.management().port()),
            tuple("cluster", cluster().get("port")),
            tuple("event-bus", cluster().get("bus-port")));
  }

  private static Map<?, ?> cluster() {
    return (Map<?, ?>) deployed.settingsFile().get("cluster");
  }

  /** Members join before they are ready, and stay until they have shut down. */
  @Test
  void cluster_usesAHeadlessServiceWithAllPods() {
    Service service = manifests.named(Service.class, String.valueOf(cluster().get("dns")));

    assertThat(cluster().get("enabled")).isEqualTo(true);
    assertThat(service.getSpec().getClusterIP()).isEqualTo("None");
    assertThat(service.getSpec().getPublishNotReadyAddresses()).isTrue();
    assertThat(targets(service)).containsExactly("cluster", "event-bus");
    assertThat(container.getEnv())
        .filteredOn(variable -> variable.getName().equals("PAYMETER_CLUSTER_HOST"))
        .singleElement()
        .satisfies(
            variable ->
                assertThat(variable.getValueFrom().getFieldRef().getFieldPath())
                    .isEqualTo("status.podIP"));
  }

  @Test
  void services_oneInsideForTheApi_oneHeadlessForMetrics() {
    Service api = manifests.named(Service.class, "paymeter");
    Service metrics = manifests.named(Service.class, "paymeter-metrics");

    assertThat(manifests.all(Service.class)).hasSize(3);
    assertThat(api.getSpec().getType()).isEqualTo("ClusterIP");
    assertThat(api.getSpec().getExternalIPs()).isEmpty();
    assertThat(targets(api)).containsExactly("http");
    assertThat(metrics.getSpec().getClusterIP()).isEqualTo("None");
    assertThat(metrics.getSpec().getPublishNotReadyAddresses()).isTrue();
    assertThat(targets(metrics)).containsExactly("management");
    assertThat(workload.getSpec().getServiceName()).isEqualTo(metrics.getMetadata().getName());
  }

  @Test
  void services_portsAreTheContainersOwn() {
    for (Service service : manifests.all(Service.class)) {
      for (ServicePort port : service.getSpec().getPorts()) {
        assertThat(deployed.port(port.getTargetPort().getStrVal()).getContainerPort())
            .isEqualTo(port.getPort());
      }
    }
  }

  @Test
  void selectors_areAllTheSame_andMatchThePods() {
    List<Map<String, String>> selectors = new ArrayList<>();
    selectors.add(onlyLabels(workload.getSpec().getSelector()));
    manifests.all(Service.class).forEach(service -> selectors.add(service.getSpec().getSelector()));
    manifests
        .all(PodDisruptionBudget.class)
        .forEach(budget -> selectors.add(onlyLabels(budget.getSpec().getSelector())));
    pod.getTopologySpreadConstraints()
        .forEach(constraint -> selectors.add(onlyLabels(constraint.getLabelSelector())));

    assertThat(Set.copyOf(selectors)).hasSize(1);
    assertThat(workload.getSpec().getTemplate().getMetadata().getLabels())
        .containsAllEntriesOf(selectors.get(0));
  }

  @Test
  void disruptions_oneReplicaAtATime() {
    assertThat(workload.getSpec().getUpdateStrategy().getType()).isEqualTo("RollingUpdate");
    assertThat(workload.getSpec().getUpdateStrategy().getRollingUpdate()).as("defaults").isNull();
    assertThat(manifests.only(PodDisruptionBudget.class).getSpec().getMaxUnavailable().getIntVal())
        .isEqualTo(1);
    assertThat(pod.getTopologySpreadConstraints())
        .extracting(constraint -> constraint.getTopologyKey())
        .contains("kubernetes.io/hostname");
  }

  /** Several replicas would not start: a simulator's journals cannot be shared between nodes. */
  @Test
  void simulators_haveOneReplica_andAVolumeThatSurvivesThePod() throws Exception {
    PersistentVolumeClaim volume = manifests.only(PersistentVolumeClaim.class);
    Path journals = deployed.settings("paymeter-0").simulator().directory();

    assertThat(workload.getSpec().getReplicas()).isEqualTo(1);
    assertThat(deployed.settings("paymeter-0").gateways().values())
        .allMatch(Settings.Gateway::isSimulated);
    assertThat(
            deployed
                .volumeAt(journals.getParent().toString())
                .getPersistentVolumeClaim()
                .getClaimName())
        .isEqualTo(volume.getMetadata().getName());
    assertThat(volume.getSpec().getAccessModes()).containsExactly("ReadWriteOnce");
    assertThat(pod.getSecurityContext().getFsGroup())
        .as("it may write there")
        .isEqualTo(pod.getSecurityContext().getRunAsUser());
  }

  @Test
  void terminationGracePeriod_coversTheShutdown_andItsLastLine() throws Exception {
    Settings.Shutdown shutdown = deployed.settings("paymeter-0").shutdown();

    assertThat(Duration.ofSeconds(pod.getTerminationGracePeriodSeconds()))
        .isGreaterThanOrEqualTo(shutdown.max().plus(KUBELET_MARGIN));
  }

  /** The results of the probes, as the kubelet sees them. */
  record ProbeResults(boolean startup, boolean liveness, boolean readiness) {}

  @Test
  void probes_inEachPhase_haveTheExpectedResults() throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      Health health = new Health();
      ManagementVerticle management =
          TestVerticles.management(
              health, (format, gzip) -> Future.succeededFuture(Buffer.buffer()), new Sampling(1));
      await(vertx.deployVerticle(management));
      int port = management.port();

      assertThat(probe(port)).as("starting").isEqualTo(new ProbeResults(false, true, false));
      health.markServing(Future::succeededFuture);
      assertThat(probe(port)).as("serving").isEqualTo(new ProbeResults(true, true, true));
      health.markServing(() -> Future.failedFuture("unavailable"));
      assertThat(probe(port))
          .as("ledger unavailable")
          .isEqualTo(new ProbeResults(true, true, false));
      health.markServing(() -> Promise.<Void>promise().future());
      assertThat(probe(port))
          .as("ledger unresponsive")
          .isEqualTo(new ProbeResults(true, true, false));
      health.markServing(Future::succeededFuture);
      health.markDraining();
      assertThat(probe(port)).as("draining").isEqualTo(new ProbeResults(true, true, false));
    } finally {
      await(vertx.close());
    }
  }

  @Test
  void serviceMonitor_selectsTheMetricsServiceAndOneOfItsPorts() {
    ServiceMonitor monitor = manifests.only(ServiceMonitor.class);
    Map<String, String> selector = onlyLabels(monitor.getSpec().getSelector());

    List<Service> selected =
        manifests.all(Service.class).stream()
            .filter(
                service ->
                    service.getMetadata().getLabels().entrySet().containsAll(selector.entrySet()))
            .toList();

    assertThat(selected)
        .extracting(s -> s.getMetadata().getName())
        .containsExactly("paymeter-metrics");
    assertThat(selected.get(0).getSpec().getPorts())
        .extracting(ServicePort::getName)
        .contains(endpoint().getPort());
    assertThat(selected.get(0).getMetadata().getLabels())
        .containsEntry(monitor.getSpec().getJobLabel(), "paymeter");
  }

  @Test
  void serviceMonitor_timeoutIsWithinTheInterval() {
    assertThat(seconds(endpoint().getScrapeTimeout()))
        .isPositive()
        .isLessThanOrEqualTo(seconds(endpoint().getInterval()));
  }

  @Test
  void serviceMonitor_sampleLimitIsAboveTheLargestScrape() throws Exception {
    try (RunningService service = RunningService.start()) {
      Settings settings = deployed.settings("paymeter-0");
      String page = service.get(service.management("/metrics")).body();

      assertThat(manifests.only(ServiceMonitor.class).getSpec().getSampleLimit())
          .isGreaterThan(ScrapeSizeBound.samples(settings, page));
    }
  }

  /** The requests of Prometheus to the API server, with discovery by EndpointSlices. */
  @Test
  void prometheus_mayFindThePods_andNothingElse() {
    Role role = manifests.only(Role.class);
    RoleBinding binding = manifests.only(RoleBinding.class);

    assertThat(manifests.only(ServiceMonitor.class).getSpec().getServiceDiscoveryRole())
        .isEqualTo("EndpointSlice");
    assertThat(role.getRules())
        .allSatisfy(rule -> assertThat(rule.getVerbs()).containsExactly("get", "list", "watch"))
        .flatExtracting(rule -> allOf(rule.getApiGroups(), rule.getResources()))
        .containsExactlyInAnyOrder("discovery.k8s.io/endpointslices", "/services", "/pods");
    assertThat(binding.getRoleRef().getKind()).isEqualTo("Role");
    assertThat(binding.getRoleRef().getName()).isEqualTo(role.getMetadata().getName());
    assertThat(binding.getSubjects())
        .extracting(Subject::getKind, Subject::getNamespace)
        .containsExactly(tuple("ServiceAccount", "monitoring"));
  }

  private static List<String> allOf(List<String> groups, List<String> resources) {
    return groups.stream()
        .flatMap(group -> resources.stream().map(resource -> group + "/" + resource))
        .toList();
  }

  @Test
  void serviceMonitor_instanceIsThePodsName() {
    assertThat(endpoint().getRelabelings())
        .filteredOn(relabeling -> "instance".equals(relabeling.getTargetLabel()))
        .singleElement()
        .satisfies(
            relabeling ->
                assertThat(relabeling.getSourceLabels())
                    .containsExactly("__meta_kubernetes_pod_name"));
  }

  @Test
  void serviceMonitor_relabelsSeriesAsThePlainPrometheusDoes() throws IOException {
    Map<?, ?> plain = yaml(Path.of("conf/prometheus/prometheus.yml"));
    Map<?, ?> job = (Map<?, ?>) ((List<?>) plain.get("scrape_configs")).get(0);

    assertThat(endpoint().getMetricRelabelings())
        .extracting(KubernetesManifestsIT::asPlain)
        .isEqualTo(job.get("metric_relabel_configs"));
  }

  @Test
  void dashboard_isTheFile_asGrafanasSidecarFindsIt() throws IOException {
    assertThat(dashboard().getMetadata().getLabels()).containsEntry("grafana_dashboard", "1");
    assertThat(dashboard().getData())
        .containsExactly(Map.entry("paymeter.json", Files.readString(Dashboard.FILE)));
  }

  /** `kubectl apply` stores a copy of the object in an annotation, which has a size limit. */
  @Test
  void dashboard_fitsIntoTheAnnotation() throws IOException {
    int escaped = Json.encode(Files.readString(Dashboard.FILE)).length();

    assertThat(escaped).isLessThan(MAX_ANNOTATION_BYTES - 1000);
  }

  private static ConfigMap dashboard() {
    return manifests.named(ConfigMap.class, "paymeter-dashboard");
  }

  /** Uncomments the example in kustomization.yaml. */
  @Test
  void runbooks_ofAFork_areLinkedFromTheAlerts() throws IOException {
    Path monitoring = K8S.resolve("monitoring");
    String explained =
        Files.readAllLines(monitoring.resolve("kustomization.yaml")).stream()
            .filter(line -> line.startsWith("#   "))
            .map(line -> line.substring("#   ".length()))
            .collect(Collectors.joining("\n", "resources: [prometheus-rule.yaml]\n", "\n"));
    Files.writeString(directory.resolve("kustomization.yaml"), explained);
    Files.copy(
        monitoring.resolve("prometheus-rule.yaml"), directory.resolve("prometheus-rule.yaml"));

    PrometheusRule rules = Manifests.kustomize(kubectl, directory).only(PrometheusRule.class);

    assertThat(rules.getSpec().getGroups().stream().flatMap(group -> group.getRules().stream()))
        .filteredOn(rule -> rule.getAlert() != null)
        .isNotEmpty()
        .allSatisfy(
            rule ->
                assertThat(rule.getAnnotations().get("runbook_url"))
                    .isEqualTo(
                        "https://github.com/your-name/paymeter/blob/main/"
                            + monitoring.resolve("runbooks").resolve(rule.getAlert() + ".md")));
  }

  @Test
  void serviceMonitor_labelsDoNotConflictWithThoseOfRealMetrics() {
    Set<String> operators = new TreeSet<>(OPERATOR_LABELS);
    endpoint().getRelabelings().stream()
        .filter(relabeling -> "labeldrop".equals(relabeling.getAction()))
        .forEach(dropping -> operators.removeIf(label -> label.matches(dropping.getRegex())));

    try (RunningService service = RunningService.start()) {
      service.pay(RunningService.order("order_1", "50.00"));
      String page = service.get(service.management(endpoint().getPath())).body();

      assertThat(labels(page))
          .contains("gateway", "service", "le")
          .doesNotContainAnyElementsOf(operators);
    }
  }

  private static Set<String> labels(String page) {
    Set<String> labels = new TreeSet<>();
    Matcher series = SERIES.matcher(page);
    while (series.find()) {
      Matcher label = LABEL.matcher(series.group(1));
      while (label.find()) {
        labels.add(label.group(1));
      }
    }
    return labels;
  }

  private static Endpoint endpoint() {
    List<Endpoint> endpoints = manifests.only(ServiceMonitor.class).getSpec().getEndpoints();
    assertThat(endpoints).hasSize(1);
    return endpoints.get(0);
  }

  private static Map<String, Object> asPlain(RelabelConfig config) {
    return Map.of(
        "source_labels", config.getSourceLabels(),
        "regex", config.getRegex(),
        "target_label", config.getTargetLabel(),
        "replacement", config.getReplacement());
  }

  private static long seconds(String duration) {
    assertThat(duration).matches("\\d+s");
    return Long.parseLong(duration.substring(0, duration.length() - 1));
  }

  private static ProbeResults probe(int port) throws IOException, InterruptedException {
    return new ProbeResults(
        succeeds(container.getStartupProbe(), port),
        succeeds(container.getLivenessProbe(), port),
        succeeds(container.getReadinessProbe(), port));
  }

  /** Sends the request as the kubelet does, with the probe's timeout. */
  private static boolean succeeds(Probe probe, int port) throws IOException, InterruptedException {
    assertThat(probe.getHttpGet().getPort().getStrVal()).isEqualTo("management");
    URI uri = URI.create("http://127.0.0.1:" + port + probe.getHttpGet().getPath());
    HttpRequest request =
        HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(probe.getTimeoutSeconds())).build();
    int status = RunningService.CLIENT.send(request, BodyHandlers.discarding()).statusCode();
    assertThat(status).as(uri.getPath()).isIn(200, 503);
    return status == 200;
  }

  private static List<String> targets(Service service) {
    return service.getSpec().getPorts().stream()
        .map(port -> port.getTargetPort().getStrVal())
        .toList();
  }

  private static Map<String, String> onlyLabels(LabelSelector selector) {
    assertThat(selector.getMatchExpressions()).isEmpty();
    return selector.getMatchLabels();
  }

  private static Map<?, ?> yaml(Path file) throws IOException {
    return (Map<?, ?>)
        new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file));
  }
}
