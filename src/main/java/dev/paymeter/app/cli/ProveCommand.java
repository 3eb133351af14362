package dev.paymeter.app.cli;

import static dev.paymeter.app.BlockingFutures.await;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.paymeter.app.cli.ScrapeIntervals.Interval;
import dev.paymeter.audit.ProofStore;
import dev.paymeter.metrics.AuditedPipelineMetrics;
import dev.paymeter.metrics.alerts.SeriesSelector;
import dev.paymeter.metrics.proof.ExpositionReader;
import dev.paymeter.metrics.proof.InstanceProof;
import dev.paymeter.metrics.proof.Prover;
import dev.paymeter.metrics.proof.Sample;
import dev.paymeter.metrics.proof.Scrape;
import dev.paymeter.postgres.PostgresProofStore;
import dev.paymeter.postgres.StatementExecutor;
import dev.paymeter.postgres.server.Database;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(
    name = "prove",
    description = {
      "Compare samples with the rows of the ledger behind them.",
      "The samples come from a Prometheus server (one time, or the increase between two),",
      "or from a file with the response to a scrape. The exit code is 0 if all are equal,",
      "and 3 if one is not. The service may be running."
    })
public final class ProveCommand implements Callable<Integer> {
  private static final int CONNECTIONS = 3;
  private static final Duration TIMEOUT = Database.STATEMENT_TIMEOUT;

  @ParentCommand ServiceCommand parent;
  @Spec @Nullable CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "SERIES",
      description = {
        "Series to prove, in PromQL, such as payment_requests_total{status=\"success\"}",
        "(default: numbers and amounts of payments and business events)."
      })
  String series = Prover.MONEY;

  @Option(
      names = "--prometheus",
      paramLabel = "URL",
      description = "Address of the Prometheus server (default: ${DEFAULT-VALUE}).",
      defaultValue = "http://127.0.0.1:9090")
  URI prometheus;

  @Option(
      names = "--time",
      paramLabel = "TIME",
      description = "Time of the samples, such as 2026-11-27T12:00:00Z (default: now).")
  @Nullable Instant time;

  @Option(
      names = "--from",
      paramLabel = "TIME",
      description = "Prove the increase since the last scrape before this time.")
  @Nullable Instant from;

  @Option(
      names = "--to",
      paramLabel = "TIME",
      description = "End of the increase: the last scrape before this time (default: now).")
  @Nullable Instant to;

  @Option(
      names = "--look-back",
      paramLabel = "DURATION",
      defaultValue = "PT24H",
      description = {
        "How long before --from the last scrape of an instance may be, which was then down",
        "(default: ${DEFAULT-VALUE})."
      })
  Duration lookBack;

  @Option(
      names = "--scrape",
      paramLabel = "FILE",
      description = "Prove the samples of a response of /metrics; - for standard input.")
  @Nullable String scrape;

  @Option(names = "--rows", description = "List the rows behind the samples, as CSV.")
  boolean rows;

  @Override
  public Integer call() {
    check();
    return CommandLedger.use(parent, this::prove);
  }

  private void check() {
    require(time == null || from == null, "--time or --from, not both");
    require(to == null || from != null, "--from with --to");
    require(scrape == null || (time == null && from == null), "--scrape without a time");
    require(from == null || end().isAfter(from), "--to after --from");
    require(lookBack.toMillis() > 0, "a positive --look-back");
    try {
      SeriesSelector.parse(series);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(line(), e.getMessage(), e);
    }
  }

  private void require(boolean isMet, String expected) {
    if (!isMet) {
      throw new ParameterException(line(), "expected " + expected);
    }
  }

  private CommandLine line() {
    return Objects.requireNonNull(spec).commandLine();
  }

  private Instant end() {
    return to == null ? Instant.now() : to;
  }

  private int prove(Database database) throws IOException {
    Vertx vertx = Vertx.vertx();
    try {
      StatementExecutor statements =
          new StatementExecutor(
              database.createPool(vertx, Database.PROOF_POOL, CONNECTIONS, TIMEOUT), TIMEOUT);
      return prove(
          new PostgresProofStore(
              statements,
              AuditedPipelineMetrics.amountBounds(),
              AuditedPipelineMetrics.durationBounds()));
    } finally {
      await(vertx.close());
    }
  }

  private int prove(ProofStore store) throws IOException {
    Prover prover = new Prover(store);
    SeriesSelector selector = SeriesSelector.parse(series);
    List<InstanceProof> proofs = new ArrayList<>();
    for (Interval interval :
        from == null
            ? scrapes()
            : new ScrapeIntervals(client(), store, series, lookBack).between(from, end())) {
      proofs.add(await(prover.prove(interval.from(), interval.to(), selector)));
    }
    proofs.sort(Comparator.comparing(InstanceProof::instanceId));
    PrintWriter out = line().getOut();
    if (rows) {
      RowPrinter.printHeader(out);
      for (InstanceProof proof : proofs) {
        RowPrinter rowPrinter = new RowPrinter(out, proof);
        await(prover.rows(proof, rowPrinter));
        rowPrinter.verify();
      }
      out.flush();
    }
    return new ProofPrinter(rows ? line().getErr() : out).print(proofs)
        ? 0
        : ServiceRunner.DIFFERENT;
  }

  /** Returns scrapes that are proved whole. */
  private List<Interval> scrapes() throws IOException {
    List<Sample> samples;
    if (scrape == null) {
      samples = client().query(series + " or " + Scrape.CUTS, time == null ? Instant.now() : time);
    } else {
      SeriesSelector selector = SeriesSelector.parse(series);
      samples =
          ExpositionReader.read(read(scrape)).stream()
              .filter(
                  sample ->
                      Scrape.isCut(sample) || selector.matches(sample.name(), sample.labels()))
              .toList();
    }
    List<Interval> whole =
        Scrape.of(samples).stream().map(each -> new Interval(null, each)).toList();
    if (whole.isEmpty()) {
      throw new IOException("expected samples of payments, errors or business events, found none");
    }
    return whole;
  }

  private static String read(String file) throws IOException {
    return file.equals("-")
        ? new String(System.in.readAllBytes(), UTF_8)
        : Files.readString(Path.of(file));
  }

  private PrometheusClient client() {
    return new PrometheusClient(DemoClient.httpClient(), prometheus);
  }
}
