import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Recorder of the classes that Paymeter loads for payments and a scrape; the image's class-data
 * archive contains them. It runs the demo with the embedded PostgreSQL of the build machine. Maven
 * runs this source file: {@code java ClassList.java CLASSPATH LIST}.
 */
final class ClassList {
  private static final Pattern METRICS = Pattern.compile("Metrics +(http\\S+)");

  private ClassList() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path list = Path.of(arguments[1]).toAbsolutePath();
    Path directory = Files.createDirectories(list.resolveSibling("../class-list").normalize());
    Process demo = demo(arguments[0], list, directory).start();
    try {
      scrape(metricsUrl(demo));
    } finally {
      demo.destroy();
      demo.waitFor();
    }
    System.out.println(Files.readAllLines(list).size() + " lines in " + list);
  }

  private static ProcessBuilder demo(String classpath, Path list, Path directory) {
    ProcessBuilder demo =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:DumpLoadedClassList=" + list,
            "-classpath",
            classpath,
            "dev.paymeter.Main",
            "demo",
            "--rate",
            "0");
    demo.directory(directory.toFile()).redirectError(directory.resolve("demo.log").toFile());
    demo.environment().keySet().removeIf(name -> name.startsWith("PAYMETER_"));
    demo.environment()
        .putAll(
            Map.of(
                "PAYMETER_HTTP_PORT", "0",
                "PAYMETER_MANAGEMENT_PORT", "0",
                "PAYMETER_LOG_FORMAT", "json",
                "PAYMETER_LOG_LEVEL", "info",
                "PAYMETER_SIMULATOR_TIME_SCALE", "0",
                "PAYMETER_SHUTDOWN_GRACE", "0s",
                "PAYMETER_SHUTDOWN_LAST_SCRAPE_TIMEOUT", "0s"));
    return demo;
  }

  /** Reads the URL of the metrics, which the demo prints after the first payments. */
  private static URI metricsUrl(Process demo) throws IOException {
    BufferedReader out = demo.inputReader();
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      Matcher metrics = METRICS.matcher(line);
      if (metrics.find()) {
        return URI.create(metrics.group(1));
      }
    }
    throw new IOException("the demo ended before it was ready: see class-list/demo.log");
  }

  /** Sends a scrape like that of Prometheus. */
  private static void scrape(URI metrics) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(metrics)
            .header("Accept", "application/openmetrics-text;version=1.0.0")
            .header("Accept-Encoding", "gzip")
            .build();
    int status = HttpClient.newHttpClient().send(request, BodyHandlers.discarding()).statusCode();
    if (status != 200) {
      throw new IOException("the demo's metrics: expected status 200, found " + status);
    }
  }
}
