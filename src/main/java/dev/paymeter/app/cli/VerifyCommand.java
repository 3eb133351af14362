package dev.paymeter.app.cli;

import dev.paymeter.app.config.FileProblem;
import dev.paymeter.app.config.TextFile;
import dev.paymeter.audit.chain.ChainReport;
import dev.paymeter.audit.chain.ChainVerifier;
import dev.paymeter.audit.chain.Finding;
import dev.paymeter.audit.chain.ScrapedHead;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.postgres.server.LedgerChain;
import dev.paymeter.security.VerificationKey;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(
    name = "verify",
    description = {
      "Verify that the rows of the ledger are those that were closed.",
      "The hash chain of each instance is calculated again. With public keys, its signatures",
      "are verified; with a Prometheus server, its ends are compared with all scrapes.",
      "The exit code is 0 if nothing differs, and 3 otherwise. The service may be running."
    })
public final class VerifyCommand implements Callable<Integer> {
  @ParentCommand ServiceCommand parent;
  @Spec @Nullable CommandSpec spec;

  @Option(
      names = "--public-key",
      paramLabel = "FILE",
      description = {
        "Public key (PEM) of the signatures; repeat it for each key that was ever used",
        "(default: signatures are not verified)."
      })
  List<Path> publicKeys = new ArrayList<>();

  @Option(
      names = "--prometheus",
      paramLabel = "URL",
      description = "Address of a Prometheus server that scrapes the instances (default: none).")
  @Nullable URI prometheus;

  @Option(
      names = "--since",
      paramLabel = "DURATION",
      defaultValue = "P15D",
      description = "How far scrapes are compared (default: ${DEFAULT-VALUE}).")
  Duration since;

  @Option(
      names = "--until",
      paramLabel = "TIME",
      description = {
        "Time of the last scrape that is compared, for a copy of an earlier state",
        "(default: now)."
      })
  @Nullable Instant until;

  @Option(
      names = "--connections",
      paramLabel = "NUMBER",
      defaultValue = "2",
      description = "Connections that read at the same time (default: ${DEFAULT-VALUE}).")
  int connections;

  @Override
  public Integer call() {
    if (connections < 1 || since.isNegative()) {
      throw new ParameterException(
          Objects.requireNonNull(spec).commandLine(),
          "expected at least one of --connections, and a positive --since");
    }
    Map<String, ChainVerifier.Verification> keys = keys();
    return CommandLedger.use(parent, database -> verify(database, keys));
  }

  private Map<String, ChainVerifier.Verification> keys() {
    Map<String, ChainVerifier.Verification> keys = new LinkedHashMap<>();
    for (Path file : publicKeys) {
      try {
        VerificationKey key = VerificationKey.parse(TextFile.read(file));
        keys.put(key.id(), key::verifies);
      } catch (IOException | IllegalArgumentException e) {
        throw new ParameterException(
            Objects.requireNonNull(spec).commandLine(),
            "--public-key %s: %s".formatted(file, FileProblem.describe(e)),
            e);
      }
    }
    return keys;
  }

  private int verify(Database database, Map<String, ChainVerifier.Verification> keys)
      throws IOException {
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    long start = System.nanoTime();
    try (LedgerChain chain = database.openChain(connections)) {
      List<ScrapedHead> heads =
          prometheus == null
              ? List.of()
              : new HeadScrapes(new PrometheusClient(DemoClient.httpClient(), prometheus))
                  .read(since, until == null ? Instant.now() : until);
      ChainReport report = new ChainVerifier(chain, keys, heads).verify(connections);
      print(report, out, Duration.ofNanos(System.nanoTime() - start));
      out.flush();
      return report.findings().isEmpty() ? 0 : ServiceRunner.DIFFERENT;
    }
  }

  private static void print(ChainReport report, PrintWriter out, Duration duration) {
    out.printf(
        "%d rows in %d pages of %d instances, in %.1f s; %d rows are not closed yet%n",
        report.rows(),
        report.pages(),
        report.instances(),
        duration.toMillis() / 1000.0,
        report.notClosed());
    out.printf(
        "%d signatures are valid, %d scraped ends of chains were compared%n",
        report.signatures(), report.heads());
    report.notices().forEach(out::println);
    for (Finding finding : report.findings()) {
      out.printf(
          "Different: %s%s: %s%n",
          finding.instanceId(),
          finding.at() == null
              ? ""
              : ", epoch %d, segment %d".formatted(finding.at().epoch(), finding.at().segment()),
          finding.description());
    }
    out.println(
        report.findings().isEmpty()
            ? "Verified: the rows are those that were closed"
                + (report.notices().isEmpty() ? "" : ", except for the notices above")
            : "Not verified: %d differences".formatted(report.findings().size()));
  }
}
