package dev.paymeter.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.Main;
import dev.paymeter.app.config.Settings;
import dev.paymeter.app.config.SettingsException;
import dev.paymeter.app.config.SettingsReader;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretKeySelector;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import picocli.CommandLine;

/** A pod of Paymeter, as the manifests define it. */
final class DeployedPod {
  private static final Path EXAMPLE_SECRET = Path.of("k8s", "base", "secret.example.yaml");
  private static final Path EXAMPLE_STRIPE =
      Path.of("k8s", "components", "stripe", "secret.example.yaml");
  private static final Path EXAMPLE_KEYS = Path.of("k8s", "base", "keys.example.yaml");

  private final Manifests manifests;
  private final StatefulSet workload;

  DeployedPod(Manifests manifests) {
    this.manifests = manifests;
    this.workload = manifests.named(StatefulSet.class, "paymeter");
    assertThat(pod().getContainers()).hasSize(1);
  }

  static Secret exampleSecret() throws IOException {
    return Manifests.parse(Files.readString(EXAMPLE_SECRET)).only(Secret.class);
  }

  private static Secret exampleStripeSecret() throws IOException {
    return Manifests.parse(Files.readString(EXAMPLE_STRIPE)).only(Secret.class);
  }

  static Secret exampleKeys() throws IOException {
    return Manifests.parse(Files.readString(EXAMPLE_KEYS)).only(Secret.class);
  }

  StatefulSet workload() {
    return workload;
  }

  PodSpec pod() {
    return workload.getSpec().getTemplate().getSpec();
  }

  Container container() {
    return pod().getContainers().get(0);
  }

  ContainerPort port(String name) {
    return container().getPorts().stream()
        .filter(port -> port.getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no port named " + name));
  }

  /** Returns the settings that the service reads in a pod, with its own reader. */
  Settings settings(String podName) throws IOException, SettingsException {
    CommandLine.ParseResult command =
        Main.commandLine(Map.of()).parseArgs(container().getArgs().toArray(String[]::new));
    assertThat(command.subcommand().commandSpec().name()).isEqualTo("serve");
    Path conf = command.subcommand().matchedOptionValue("--conf", (Path) null);
    Path file = Files.createTempFile("paymeter", ".yaml");
    Path keys = Files.createTempFile("paymeter", ".keys");
    try {
      Files.writeString(file, mounted(conf));
      Map<String, String> environment = environment(podName);
      Files.writeString(keys, mountedKeys(Path.of(environment.get("PAYMETER_SECURITY_KEYS"))));
      environment.put("PAYMETER_SECURITY_KEYS", keys.toString());
      return SettingsReader.read(Optional.of(file), environment, false);
    } finally {
      Files.delete(file);
      Files.delete(keys);
    }
  }

  private String mountedKeys(Path file) throws IOException {
    Volume volume = volumeAt(file.getParent().toString());
    assertThat(volume.getSecret().getSecretName()).isEqualTo(exampleKeys().getMetadata().getName());
    return exampleKeys().getStringData().get(file.getFileName().toString());
  }

  /** Returns the settings file as it is. */
  Map<?, ?> settingsFile() {
    return (Map<?, ?>)
        new Load(LoadSettings.builder().build())
            .loadFromString(mounted(Path.of("/etc/paymeter/paymeter.yaml")));
  }

  private String mounted(Path file) {
    Volume volume = volumeAt(file.getParent().toString());
    assertThat(volume.getConfigMap().getItems()).as("only whole ConfigMaps").isEmpty();
    ConfigMap settings = manifests.named(ConfigMap.class, volume.getConfigMap().getName());
    assertThat(settings.getData()).containsKey(file.getFileName().toString());
    return settings.getData().get(file.getFileName().toString());
  }

  Volume volumeAt(String path) {
    List<String> names =
        container().getVolumeMounts().stream()
            .filter(mount -> mount.getMountPath().equals(path))
            .map(VolumeMount::getName)
            .toList();
    assertThat(names).as(path).hasSize(1);
    return pod().getVolumes().stream()
        .filter(volume -> volume.getName().equals(names.get(0)))
        .findFirst()
        .orElseThrow();
  }

  /** Returns the container's environment, with Secret values from the examples. */
  Map<String, String> environment(String podName) throws IOException {
    assertThat(container().getEnvFrom()).isEmpty();
    Map<String, String> environment = new HashMap<>();
    for (EnvVar variable : container().getEnv()) {
      assertThat(environment).doesNotContainKey(variable.getName());
      environment.put(variable.getName(), value(variable, podName));
    }
    return environment;
  }

  private static String value(EnvVar variable, String podName) throws IOException {
    if (variable.getValueFrom() == null) {
      return variable.getValue();
    }
    if (variable.getValueFrom().getFieldRef() != null) {
      return switch (variable.getValueFrom().getFieldRef().getFieldPath()) {
        case "metadata.name" -> podName;
        case "status.podIP" -> "10.1.2.3";
        default -> throw new IllegalArgumentException("no value in this test for: " + variable);
      };
    }
    SecretKeySelector reference = variable.getValueFrom().getSecretKeyRef();
    Secret example =
        Stream.of(exampleSecret(), exampleStripeSecret())
            .filter(secret -> secret.getMetadata().getName().equals(reference.getName()))
            .findFirst()
            .orElseThrow();
    assertThat(example.getStringData()).containsKey(reference.getKey());
    return example.getStringData().get(reference.getKey());
  }
}
