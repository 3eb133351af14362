package dev.paymeter.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.AppArmorProfile;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPortBuilder;
import io.fabric8.kubernetes.api.model.LifecycleBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.SELinuxOptionsBuilder;
import io.fabric8.kubernetes.api.model.SeccompProfile;
import io.fabric8.kubernetes.api.model.Sysctl;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.WindowsSecurityContextOptionsBuilder;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RestrictedProfileTest {
  @Test
  void violations_restrictedPod_none() {
    assertThat(RestrictedProfile.violations(restricted())).isEmpty();
  }

  @ParameterizedTest(name = "{0} [{index}]")
  @MethodSource("breaches")
  void violations_brokenRule_isNamed(String rule, Consumer<PodTemplateSpec> breach) {
    PodTemplateSpec template = restricted();
    breach.accept(template);

    assertThat(RestrictedProfile.violations(template))
        .isNotEmpty()
        .allSatisfy(violation -> assertThat(violation).startsWith(rule + ": "));
  }

  static Stream<Arguments> breaches() {
    return Stream.of(
        ofPod("Host Namespaces", pod -> pod.setHostNetwork(true)),
        ofPod("Host Namespaces", pod -> pod.setHostPID(true)),
        ofPod("Host Namespaces", pod -> pod.setHostIPC(true)),
        ofPod(
            "HostProcess",
            pod ->
                pod.getSecurityContext()
                    .setWindowsOptions(
                        new WindowsSecurityContextOptionsBuilder().withHostProcess(true).build())),
        ofContainer(
            "HostProcess",
            container ->
                container
                    .getSecurityContext()
                    .setWindowsOptions(
                        new WindowsSecurityContextOptionsBuilder().withHostProcess(true).build())),
        ofContainer(
            "Privileged Containers",
            container -> container.getSecurityContext().setPrivileged(true)),
        ofContainer(
            "Capabilities",
            container ->
                container.getSecurityContext().getCapabilities().setDrop(List.of("NET_RAW"))),
        ofContainer(
            "Capabilities", container -> container.getSecurityContext().setCapabilities(null)),
        ofContainer(
            "Capabilities",
            container ->
                container.getSecurityContext().getCapabilities().setAdd(List.of("SYS_PTRACE"))),
        ofPod(
            "Volume Types",
            pod ->
                pod.setVolumes(
                    List.of(
                        new VolumeBuilder()
                            .withName("logs")
                            .withNewHostPath()
                            .withPath("/var/log")
                            .endHostPath()
                            .build()))),
        ofContainer(
            "Host Ports",
            container ->
                container.setPorts(List.of(new ContainerPortBuilder().withHostPort(80).build()))),
        ofContainer(
            "Host Probes / Lifecycle Hooks",
            container ->
                container.setLivenessProbe(
                    new ProbeBuilder()
                        .withNewHttpGet()
                        .withHost("127.0.0.1")
                        .endHttpGet()
                        .build())),
        ofContainer(
            "Host Probes / Lifecycle Hooks",
            container ->
                container.setLifecycle(
                    new LifecycleBuilder()
                        .withNewPreStop()
                        .withNewTcpSocket()
                        .withHost("127.0.0.1")
                        .endTcpSocket()
                        .endPreStop()
                        .build())),
        ofPod(
            "AppArmor",
            pod ->
                pod.getSecurityContext()
                    .setAppArmorProfile(new AppArmorProfile(null, "Unconfined"))),
        ofContainer(
            "AppArmor",
            container ->
                container
                    .getSecurityContext()
                    .setAppArmorProfile(new AppArmorProfile(null, "Unconfined"))),
        Arguments.of(
            "AppArmor",
            (Consumer<PodTemplateSpec>)
                template ->
                    template
                        .getMetadata()
                        .setAnnotations(
                            Map.of(
                                "container.apparmor.security.beta.kubernetes.io/one",
                                "unconfined"))),
        ofPod(
            "SELinux",
            pod ->
                pod.getSecurityContext()
                    .setSeLinuxOptions(new SELinuxOptionsBuilder().withType("spc_t").build())),
        ofContainer(
            "SELinux",
            container ->
                container
                    .getSecurityContext()
                    .setSeLinuxOptions(new SELinuxOptionsBuilder().withRole("sysadm_r").build())),
        ofContainer(
            "/proc Mount Type",
            container -> container.getSecurityContext().setProcMount("Unmasked")),
        ofPod(
            "Sysctls",
            pod ->
                pod.getSecurityContext().setSysctls(List.of(new Sysctl("kernel.msgmax", "65536")))),
        ofContainer(
            "Privilege Escalation",
            container -> container.getSecurityContext().setAllowPrivilegeEscalation(null)),
        ofContainer(
            "Privilege Escalation",
            container -> container.getSecurityContext().setAllowPrivilegeEscalation(true)),
        ofPod("Running as Non-root", pod -> pod.getSecurityContext().setRunAsNonRoot(null)),
        ofPod("Running as Non-root", pod -> pod.getSecurityContext().setRunAsNonRoot(false)),
        ofContainer(
            "Running as Non-root",
            container -> container.getSecurityContext().setRunAsNonRoot(false)),
        ofPod("Running as Non-root user", pod -> pod.getSecurityContext().setRunAsUser(0L)),
        ofContainer(
            "Running as Non-root user",
            container -> container.getSecurityContext().setRunAsUser(0L)),
        ofPod("Seccomp", pod -> pod.getSecurityContext().setSeccompProfile(null)),
        ofPod(
            "Seccomp",
            pod ->
                pod.getSecurityContext().setSeccompProfile(new SeccompProfile(null, "Unconfined"))),
        ofContainer(
            "Seccomp",
            container ->
                container
                    .getSecurityContext()
                    .setSeccompProfile(new SeccompProfile(null, "Unconfined"))),
        ofPod(
            "Privilege Escalation",
            pod -> {
              Container first = pod.getContainers().get(0).toBuilder().withName("first").build();
              first.getSecurityContext().setAllowPrivilegeEscalation(true);
              pod.setInitContainers(List.of(first));
            }));
  }

  private static Arguments ofPod(String rule, Consumer<PodSpec> breach) {
    return Arguments.of(
        rule, (Consumer<PodTemplateSpec>) template -> breach.accept(template.getSpec()));
  }

  private static Arguments ofContainer(String rule, Consumer<Container> breach) {
    return ofPod(rule, pod -> breach.accept(pod.getContainers().get(0)));
  }

  private static PodTemplateSpec restricted() {
    return new PodTemplateSpecBuilder()
        .withNewMetadata()
        .endMetadata()
        .withNewSpec()
        .withNewSecurityContext()
        .withRunAsNonRoot(true)
        .withNewSeccompProfile(null, "RuntimeDefault")
        .endSecurityContext()
        .addNewContainer()
        .withName("one")
        .withNewSecurityContext()
        .withAllowPrivilegeEscalation(false)
        .withNewCapabilities()
        .withDrop("ALL")
        .endCapabilities()
        .endSecurityContext()
        .endContainer()
        .addNewVolume()
        .withName("tmp")
        .withNewEmptyDir()
        .endEmptyDir()
        .endVolume()
        .endSpec()
        .build();
  }
}
