package dev.paymeter.kubernetes;

import io.fabric8.kubernetes.api.model.Capabilities;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.HTTPGetAction;
import io.fabric8.kubernetes.api.model.LifecycleHandler;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.SELinuxOptions;
import io.fabric8.kubernetes.api.model.SeccompProfile;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.Sysctl;
import io.fabric8.kubernetes.api.model.TCPSocketAction;
import io.fabric8.kubernetes.api.model.Volume;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The profile "restricted" of the Pod Security Standards, including "baseline", for Linux pods: the
 * violations for which an enforcing namespace's admission controller would reject a pod.
 *
 * @see <a href="https://kubernetes.io/docs/concepts/security/pod-security-standards/">the
 *     standards</a>
 */
final class RestrictedProfile {
  private static final Set<String> VOLUMES =
      Set.of(
          "configMap",
          "csi",
          "downwardAPI",
          "emptyDir",
          "ephemeral",
          "persistentVolumeClaim",
          "projected",
          "secret");
  private static final Set<String> CONFINED = Set.of("RuntimeDefault", "Localhost");
  private static final Set<String> SELINUX_TYPES =
      Set.of("container_t", "container_init_t", "container_kvm_t", "container_engine_t");
  private static final Set<String> SYSCTLS =
      Set.of(
          "kernel.shm_rmid_forced",
          "net.ipv4.ip_local_port_range",
          "net.ipv4.ip_unprivileged_port_start",
          "net.ipv4.tcp_syncookies",
          "net.ipv4.ping_group_range",
          "net.ipv4.ip_local_reserved_ports",
          "net.ipv4.tcp_keepalive_time",
          "net.ipv4.tcp_fin_timeout",
          "net.ipv4.tcp_keepalive_intvl",
          "net.ipv4.tcp_keepalive_probes",
          "net.ipv4.tcp_rmem",
          "net.ipv4.tcp_wmem");

  private final PodTemplateSpec template;
  private final PodSpec pod;
  private final PodSecurityContext podContext;
  private final List<String> violations = new ArrayList<>();

  private RestrictedProfile(PodTemplateSpec template) {
    this.template = template;
    this.pod = template.getSpec();
    this.podContext = or(pod.getSecurityContext(), new PodSecurityContext());
  }

  /** Returns a line for each violation, starting with the rule's name in the standards. */
  static List<String> violations(PodTemplateSpec template) {
    RestrictedProfile profile = new RestrictedProfile(template);
    profile.checkPod();
    Stream.of(template.getSpec().getInitContainers(), template.getSpec().getContainers())
        .flatMap(List::stream)
        .forEach(profile::checkContainer);
    return List.copyOf(profile.violations);
  }

  private void checkPod() {
    addIf("Host Namespaces", "hostNetwork", isTrue(pod.getHostNetwork()));
    addIf("Host Namespaces", "hostPID", isTrue(pod.getHostPID()));
    addIf("Host Namespaces", "hostIPC", isTrue(pod.getHostIPC()));
    addIf(
        "HostProcess",
        "the pod",
        podContext.getWindowsOptions() != null
            && isTrue(podContext.getWindowsOptions().getHostProcess()));
    checkSelinux("the pod", podContext.getSeLinuxOptions());
    checkAppArmorAnnotations();
    for (Sysctl sysctl : podContext.getSysctls()) {
      addIf("Sysctls", sysctl.getName(), !SYSCTLS.contains(sysctl.getName()));
    }
    for (Volume volume : pod.getVolumes()) {
      Set<String> types = new TreeSet<>(JsonObject.mapFrom(volume).fieldNames());
      types.remove("name");
      addIf(
          "Volume Types",
          volume.getName() + " " + types,
          types.isEmpty() || !VOLUMES.containsAll(types));
    }
    addIf("Running as Non-root", "the pod", Objects.equals(podContext.getRunAsNonRoot(), false));
    addIf("Running as Non-root user", "the pod", Objects.equals(podContext.getRunAsUser(), 0L));
    addIf(
        "Seccomp",
        "the pod",
        podContext.getSeccompProfile() != null && !isConfined(podContext.getSeccompProfile()));
    addIf(
        "AppArmor",
        "the pod",
        podContext.getAppArmorProfile() != null
            && !CONFINED.contains(podContext.getAppArmorProfile().getType()));
  }

  private void checkAppArmorAnnotations() {
    Map<String, String> annotations =
        template.getMetadata() == null || template.getMetadata().getAnnotations() == null
            ? Map.of()
            : template.getMetadata().getAnnotations();
    annotations.forEach(
        (name, value) ->
            addIf(
                "AppArmor",
                name,
                name.startsWith("container.apparmor.security.beta.kubernetes.io/")
                    && !value.equals("runtime/default")
                    && !value.startsWith("localhost/")));
  }

  private void checkContainer(Container container) {
    String name = container.getName();
    SecurityContext context = or(container.getSecurityContext(), new SecurityContext());
    addIf(
        "HostProcess",
        name,
        context.getWindowsOptions() != null
            && isTrue(context.getWindowsOptions().getHostProcess()));
    addIf("Privileged Containers", name, isTrue(context.getPrivileged()));
    checkCapabilities(name, or(context.getCapabilities(), new Capabilities()));
    for (ContainerPort port : container.getPorts()) {
      addIf("Host Ports", name, port.getHostPort() != null && port.getHostPort() != 0);
    }
    addIf("Host Probes / Lifecycle Hooks", name, namesHost(container));
    addIf(
        "AppArmor",
        name,
        context.getAppArmorProfile() != null
            && !CONFINED.contains(context.getAppArmorProfile().getType()));
    checkSelinux(name, context.getSeLinuxOptions());
    addIf(
        "/proc Mount Type",
        name,
        context.getProcMount() != null && !context.getProcMount().equals("Default"));
    addIf(
        "Privilege Escalation",
        name,
        !Objects.equals(context.getAllowPrivilegeEscalation(), false));
    addIf(
        "Running as Non-root",
        name,
        !isTrue(or(context.getRunAsNonRoot(), podContext.getRunAsNonRoot())));
    addIf("Running as Non-root user", name, Objects.equals(context.getRunAsUser(), 0L));
    addIf(
        "Seccomp",
        name,
        !isConfined(or(context.getSeccompProfile(), podContext.getSeccompProfile())));
  }

  private void checkCapabilities(String name, Capabilities capabilities) {
    addIf("Capabilities", name + " does not drop ALL", !capabilities.getDrop().contains("ALL"));
    addIf(
        "Capabilities",
        name + " adds " + capabilities.getAdd(),
        !Set.of("NET_BIND_SERVICE").containsAll(capabilities.getAdd()));
  }

  private void checkSelinux(String where, SELinuxOptions options) {
    if (options != null) {
      addIf(
          "SELinux",
          where,
          !isBlank(options.getUser())
              || !isBlank(options.getRole())
              || (!isBlank(options.getType()) && !SELINUX_TYPES.contains(options.getType())));
    }
  }

  private static boolean namesHost(Container container) {
    Stream<String> ofProbes =
        Stream.of(
                container.getLivenessProbe(),
                container.getReadinessProbe(),
                container.getStartupProbe())
            .filter(Objects::nonNull)
            .flatMap((Probe probe) -> hosts(probe.getHttpGet(), probe.getTcpSocket()));
    Stream<String> ofHooks =
        container.getLifecycle() == null
            ? Stream.empty()
            : Stream.of(
                    container.getLifecycle().getPostStart(), container.getLifecycle().getPreStop())
                .filter(Objects::nonNull)
                .flatMap((LifecycleHandler hook) -> hosts(hook.getHttpGet(), hook.getTcpSocket()));
    return Stream.concat(ofProbes, ofHooks).anyMatch(host -> !isBlank(host));
  }

  private static Stream<String> hosts(HTTPGetAction http, TCPSocketAction tcp) {
    return Stream.of(
        http == null || http.getHost() == null ? "" : http.getHost(),
        tcp == null || tcp.getHost() == null ? "" : tcp.getHost());
  }

  private void addIf(String rule, String where, boolean broken) {
    if (broken) {
      violations.add(rule + ": " + where);
    }
  }

  private static boolean isConfined(SeccompProfile profile) {
    return profile != null && CONFINED.contains(profile.getType());
  }

  private static <T> T or(T value, T otherwise) {
    return value == null ? otherwise : value;
  }

  private static boolean isTrue(Boolean value) {
    return Boolean.TRUE.equals(value);
  }

  private static boolean isBlank(String text) {
    return text == null || text.isBlank();
  }
}
