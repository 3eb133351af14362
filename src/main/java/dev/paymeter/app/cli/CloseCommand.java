package dev.paymeter.app.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.paymeter.app.close.CloseException;
import dev.paymeter.app.close.ClosePage;
import dev.paymeter.app.close.CloseReport;
import dev.paymeter.app.close.CloseTable;
import dev.paymeter.app.close.CloseVerifier;
import dev.paymeter.app.close.ClosedDay;
import dev.paymeter.app.close.DayCloser;
import dev.paymeter.app.config.SettingsException;
import dev.paymeter.app.config.TextFile;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.postgres.server.DayCloses;
import dev.paymeter.postgres.server.DayCloses.StoredClose;
import dev.paymeter.security.SigningKey;
import dev.paymeter.security.VerificationKey;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(
    name = "close",
    description = {
      "Close a day of the books, and print its report.",
      "The report of a closed day is stored, and printed again. The exit code is 3 if rows, a",
      "report or samples differ, and 2 if the day cannot be closed. The service may be running."
    })
public final class CloseCommand implements Callable<Integer> {
  @ParentCommand ServiceCommand parent;
  @Spec @Nullable CommandSpec spec;

  @Option(
      names = "--day",
      paramLabel = "DAY",
      required = true,
      description = "The day, such as 2026-11-27. Days are closed in order.")
  LocalDate day;

  @Option(
      names = "--zone",
      paramLabel = "ZONE",
      defaultValue = "UTC",
      description = {
        "The zone of its midnights, such as Europe/Berlin (default: ${DEFAULT-VALUE}).",
        "Each zone has its own closes."
      })
  ZoneId zone;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "page",
      description = "Format: page (HTML), json or csv (default: ${DEFAULT-VALUE}).")
  Format format;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "File that is replaced (default: standard output).")
  @Nullable Path output;

  @Option(
      names = "--prometheus",
      paramLabel = "URL",
      description = "Compare the samples of this Prometheus server with the rows (default: none).")
  @Nullable URI prometheus;

  @Option(
      names = "--look-back",
      paramLabel = "DURATION",
      defaultValue = "PT24H",
      description = {
        "How long before the day the last scrape of an instance may be, which was then down",
        "(default: ${DEFAULT-VALUE})."
      })
  Duration lookBack;

  @Option(
      names = "--supplement",
      description = {
        "Store another version of a closed day: the same figures, compared with Prometheus and",
        "with the settlement files that there are now."
      })
  boolean supplement;

  @Option(
      names = "--verify",
      description = "Compare the report of a closed day with its signature and with the rows.")
  boolean verify;

  @Option(
      names = "--key",
      paramLabel = "FILE",
      description = {
        "The public key for --verify, in PEM",
        "(default: that of database.signing-key-file)."
      })
  @Nullable Path publicKey;

  enum Format {
    PAGE,
    JSON,
    CSV
  }

  @Override
  public Integer call() {
    require(!verify || !supplement, "--verify or --supplement, not both");
    require(!verify || prometheus == null, "--verify without --prometheus");
    require(publicKey == null || verify, "--key with --verify");
    require(lookBack.toMillis() > 0, "a positive --look-back");
    require(
        prometheus == null || prometheus.getHost() != null,
        "--prometheus with a URL such as http://127.0.0.1:9090");
    Optional<SigningKey> key;
    try {
      key = parent.runner(Map.of()).settings().database().signingKey();
    } catch (SettingsException e) {
      report(String.valueOf(e.getMessage()));
      return ServiceRunner.MISCONFIGURED;
    }
    return CommandLedger.use(parent, database -> run(database, key.orElse(null)));
  }

  private int run(Database database, @Nullable SigningKey key) throws IOException {
    try (DayCloses closes = database.openDayCloses()) {
      return verify ? verify(closes, key) : close(database, closes, key);
    } catch (CloseException e) {
      return failed(e);
    } catch (ParameterException e) {
      report("close: " + e.getMessage());
      return ServiceRunner.MISCONFIGURED;
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

  private int failed(CloseException e) {
    report("close: " + e.getMessage());
    return switch (e.reason()) {
      case INVALID_DAY -> ServiceRunner.MISCONFIGURED;
      case NOT_YET -> ServiceRunner.FAILED;
      case CHANGED -> ServiceRunner.DIFFERENT;
    };
  }

  /** Prints beside the report, which may be on the standard output stream. */
  private void report(String sentence) {
    PrintWriter err = line().getErr();
    err.println(sentence);
    err.flush();
  }

  private int close(Database database, DayCloses closes, @Nullable SigningKey signingKey)
      throws IOException, CloseException {
    ClosedDay closed = new ClosedDay(day, zone);
    DayCloser closer = new DayCloser(closes, closed, signingKey);
    DayCloser.Evidence evidence = new PrometheusTie(database, prometheus, lookBack);
    Optional<StoredClose> stored = closes.find(zone, day);
    CloseReport report;
    if (supplement) {
      report = closer.supplement(stored.orElseThrow(this::notClosed), operator(), evidence);
    } else if (stored.isPresent()) {
      report = CloseReport.of(stored.get());
      report(
          "%s was closed at %s by %s: this is the stored report, version %d"
              .formatted(
                  closed,
                  stored.get().closedAt(),
                  stored.get().closedBy(),
                  stored.get().version()));
    } else {
      report = closer.close(operator(), evidence);
    }
    print(report);
    if (report.hasDifferentSamples()) {
      report("close: samples of Prometheus differ from the rows of the ledger, see the report");
      return ServiceRunner.DIFFERENT;
    }
    return 0;
  }

  private ParameterException notClosed() {
    return new ParameterException(
        line(), "expected a closed day, found " + new ClosedDay(day, zone));
  }

  /** Returns the user of the operating system. */
  private static String operator() {
    String user = System.getProperty("user.name", "");
    return user.isBlank() ? "unknown" : user;
  }

  private void print(CloseReport report) throws IOException {
    String text =
        switch (format) {
          case PAGE -> ClosePage.of(report);
          case JSON -> report.asJson().encodePrettily() + "\n";
          case CSV ->
              CloseTable.of(report).stream()
                  .map(row -> Csv.line(row) + "\n")
                  .collect(Collectors.joining());
        };
    if (output == null) {
      line().getOut().print(text);
      line().getOut().flush();
    } else {
      new ReplacedFile(output).<IOException>write(out -> out.write(text.getBytes(UTF_8)));
    }
  }

  private int verify(DayCloses closes, @Nullable SigningKey own) throws IOException {
    StoredClose stored = closes.find(zone, day).orElseThrow(this::notClosed);
    VerificationKey key = verificationKey(own);
    List<String> differences = new CloseVerifier(closes, key).differences(stored);
    PrintWriter out = line().getOut();
    differences.forEach(out::println);
    String close = "%s, version %d".formatted(new ClosedDay(day, zone), stored.version());
    if (differences.isEmpty()) {
      out.printf(
          "Verified: %s equals the rows of the ledger%s%n",
          close, key == null ? "; its signature was not checked: there is no key" : "");
    } else {
      out.printf("Not verified: %s has %d differences%n", close, differences.size());
    }
    out.flush();
    return differences.isEmpty() ? 0 : ServiceRunner.DIFFERENT;
  }

  private @Nullable VerificationKey verificationKey(@Nullable SigningKey own) throws IOException {
    if (publicKey != null) {
      try {
        return VerificationKey.parse(TextFile.read(publicKey));
      } catch (IllegalArgumentException e) {
        throw new ParameterException(line(), publicKey + ": " + e.getMessage(), e);
      }
    }
    return own == null ? null : own.publicKey();
  }
}
