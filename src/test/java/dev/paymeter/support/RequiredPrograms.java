package dev.paymeter.support;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Programs that tests need and that Maven does not install. */
public final class RequiredPrograms {
  /** The minimum: its kustomize (4.2) supports {@code labels}. */
  private static final int MIN_KUBECTL_MINOR = 22;

  private static final Pattern KUBECTL_VERSION = Pattern.compile("v1\\.(\\d+)\\..*");

  private RequiredPrograms() {}

  /**
   * Returns the program's path. If it is not installed, the test is skipped, or fails if {@code
   * CI=true}.
   *
   * @param install the command that installs it
   */
  public static Path program(String name, String install) {
    return required(name, find(name), install);
  }

  /** Returns whether {@link #program} returns a path. */
  public static boolean isInstalled(String name) {
    return find(name).isPresent();
  }

  /**
   * Returns the path of a Python that has the module; otherwise as {@link #program}. The first
   * Python in the path is not always that of the distribution, which has the packaged modules.
   */
  public static Path pythonWith(String module, String install) {
    Optional<Path> found =
        candidates("python3").filter(python -> canImport(python, module)).findFirst();
    return required("Python's module " + module, found, install);
  }

  private static boolean canImport(Path python, String module) {
    try {
      return new ProcessBuilder(python.toString(), "-c", "import " + module)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Path required(String name, Optional<Path> found, String install) {
    if (found.isEmpty()) {
      String message = name + " is not installed; to run this test: " + install;
      if ("true".equals(System.getenv("CI"))) {
        fail(message);
      }
      skip(message);
    }
    return found.orElseThrow();
  }

  /**
   * Returns the path of a kubectl that is new enough. If there is none, the test is skipped, even
   * if {@code CI=true}: not every distribution has a package of it.
   */
  public static Path kubectl() {
    String expected =
        "kubectl 1."
            + MIN_KUBECTL_MINOR
            + " or newer (apt-get install kubernetes-client, or dl.k8s.io) is expected, found ";
    Optional<Path> found = find("kubectl");
    if (found.isEmpty()) {
      skip(expected + "none");
    }
    Path kubectl = found.orElseThrow();
    String version = versionOf(kubectl);
    Matcher parts = KUBECTL_VERSION.matcher(version);
    if (!parts.matches() || Integer.parseInt(parts.group(1)) < MIN_KUBECTL_MINOR) {
      skip(expected + version);
    }
    return kubectl;
  }

  /** Skips the test unless it may create network namespaces, which requires root. */
  public static void networkNamespaces() {
    program("ip", "apt-get install iproute2");
    if (!"root".equals(System.getProperty("user.name"))) {
      skip("network namespaces need root; to run this test, run the build as root");
    }
  }

  /** Skips the test unless it may mount file systems, which requires root. */
  public static void mounts() {
    if (!"root".equals(System.getProperty("user.name"))) {
      skip("mounting a file system needs root; to run this test, run the build as root");
    }
  }

  private static String versionOf(Path kubectl) {
    try {
      Process process =
          new ProcessBuilder(kubectl.toString(), "version", "--client", "--output=json")
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      String json = new String(process.getInputStream().readAllBytes(), UTF_8);
      return new JsonObject(json).getJsonObject("clientVersion").getString("gitVersion");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<Path> find(String name) {
    return candidates(name).findFirst();
  }

  private static Stream<Path> candidates(String name) {
    return Arrays.stream((System.getenv("PATH") + ":/usr/sbin").split(":"))
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable);
  }

  private static void skip(String message) {
    System.err.println("Skipped: " + message);
    abort(message);
  }
}
