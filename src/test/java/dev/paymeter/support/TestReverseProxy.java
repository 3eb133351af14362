package dev.paymeter.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.service.RunningService;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A real reverse proxy in front of a service, to which it keeps connections open. */
public final class TestReverseProxy implements AutoCloseable {
  /** A program that is a reverse proxy. */
  public enum Kind {
    NGINX("nginx", "nginx-light", "nginx.conf", "-p", ".", "-e", "error.log", "-c"),
    HAPROXY("haproxy", "haproxy", "haproxy.cfg", "-db", "-f");

    private final String program;
    private final String debianPackage;
    private final String configuration;
    private final List<String> options;

    Kind(String program, String debianPackage, String configuration, String... options) {
      this.program = program;
      this.debianPackage = debianPackage;
      this.configuration = configuration;
      this.options = List.of(options);
    }
  }

  private final Process process;
  private final URI url;
  private final Path log;

  private TestReverseProxy(Process process, URI url, Path log) {
    this.process = process;
    this.url = url;
    this.log = log;
  }

  /**
   * @param directory for its files; has to be empty
   */
  public static TestReverseProxy start(Kind kind, Path directory, URI service) throws IOException {
    Path program = RequiredPrograms.program(kind.program, "apt-get install " + kind.debianPackage);
    URI url = URI.create("http://127.0.0.1:" + TestServer.freePort());
    Path configuration = directory.resolve(kind.configuration).toAbsolutePath();
    Files.writeString(configuration, configuration(kind, url, service));
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(kind.options);
    command.add(configuration.toString());
    Path log = directory.resolve("access.log");
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectError(directory.resolve("errors").toFile())
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    Await.eventually(() -> assertThat(RunningService.get(url).statusCode()).isEqualTo(404));
    return new TestReverseProxy(process, url, log);
  }

  private static String configuration(Kind kind, URI url, URI service) {
    try (InputStream in =
        TestReverseProxy.class.getResourceAsStream("/proxies/" + kind.configuration)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .replace("${port}", "" + url.getPort())
          .replace("${service}", service.getAuthority());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public URI url() {
    return url;
  }

  /** Returns the logged requests with this method, path and status, as {@code GET /x 200}. */
  public long logged(String request) {
    try (var lines = Files.lines(log)) {
      return lines.filter(request::equals).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    TestServer.terminate(process, Duration.ofSeconds(5));
  }
}
