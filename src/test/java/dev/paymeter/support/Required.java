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

/** Programs that tests need and Maven does not bring. */
public final class Required {
  /** The first whose kustomize (4.2) knows {@code labels}. */
  private static final int OLDEST_KUBECTL_MINOR = 22;

  private static final Pattern KUBECTL_VERSION = Pattern.compile("v1\\.(\\d+)\\..*");

  private Required() {}

  /**
   * The program's path. Where it is absent the test is skipped, or, where {@code CI=true}, failed.
   *
   * @param install what to type to have it
   */
  public static Path program(String name, String install) {
    Optional<Path> found = find(name);
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
   * The path of a kubectl that is new enough. Where there is none the test is skipped, whatever
   * {@code CI} says: not every distribution packages one.
   */
  public static Path kubectl() {
    String wanted = "kubectl 1." + OLDEST_KUBECTL_MINOR + " or newer is wanted, found ";
    Optional<Path> found = find("kubectl");
    if (found.isEmpty()) {
      skip(wanted + "none");
    }
    Path kubectl = found.orElseThrow();
    String version = versionOf(kubectl);
    Matcher parts = KUBECTL_VERSION.matcher(version);
    if (!parts.matches() || Integer.parseInt(parts.group(1)) < OLDEST_KUBECTL_MINOR) {
      skip(wanted + version);
    }
    return kubectl;
  }

  /** Skips the test unless it may make network namespaces, which root alone may. */
  public static void networkNamespaces() {
    program("ip", "apt-get install iproute2");
    if (!"root".equals(System.getProperty("user.name"))) {
      skip("network namespaces are wanted; to run this test: be root");
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
    return Arrays.stream(System.getenv("PATH").split(":"))
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static void skip(String message) {
    System.err.println("Skipped: " + message);
    abort(message);
  }
}
