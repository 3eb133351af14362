package dev.paymeter.app.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.paymeter.app.config.FileProblem;
import dev.paymeter.gateway.simulator.JournalFormat;
import dev.paymeter.gateway.stripe.StripeReport;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.postgres.server.SettlementLedger;
import dev.paymeter.settlement.CsvFormat;
import dev.paymeter.settlement.InvalidFileException;
import dev.paymeter.settlement.LineTotals;
import dev.paymeter.settlement.Period;
import dev.paymeter.settlement.SettlementFile;
import dev.paymeter.settlement.SettlementFormat;
import dev.paymeter.settlement.SettlementResult;
import dev.paymeter.settlement.SettlementRules;
import dev.paymeter.settlement.Tariff;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

@Command(
    name = "reconcile",
    description = {
      "Compare a gateway's settlement file with the ledger.",
      "Exceptions are named by kind, and stored until an operator or a later file closes them.",
      "The exit code is 0 if no exception is open, 3 if one is, 2 if the file or an argument is",
      "wrong, and then nothing is stored. The service may be running."
    })
public final class ReconcileCommand implements Callable<Integer> {
  /** Formats in the order in which a first line is compared with them. */
  private static final List<SettlementFormat> FORMATS =
      List.of(new StripeReport(), new JournalFormat(Clock.systemUTC()), new CsvFormat());

  /** Bytes in which the end of the first line is looked for. */
  private static final int HEAD = 1 << 16;

  @ParentCommand ServiceCommand parent;
  @Spec @Nullable CommandSpec spec;

  @Parameters(arity = "0..1", paramLabel = "FILE", description = "The settlement file.")
  @Nullable Path file;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = {
        "Format of the file: csv, stripe or simulator",
        "(default: found out from its first line)."
      })
  @Nullable String format;

  @Option(
      names = "--gateway",
      paramLabel = "NAME",
      description = "The gateway (default: that of the payments in the file).")
  @Nullable String gateway;

  @Option(
      names = "--account",
      paramLabel = "ACCOUNT",
      description = "The gateway's account that the file is of (default: all accounts).")
  @Nullable String account;

  @Option(
      names = "--from",
      paramLabel = "DAY",
      description = "The first day of the file, such as 2026-11-27 (default: that of its lines).")
  @Nullable LocalDate from;

  @Option(
      names = "--to",
      paramLabel = "DAY",
      description = "The last day of the file (default: that of its lines).")
  @Nullable LocalDate to;

  @Option(
      names = "--zone",
      paramLabel = "ZONE",
      defaultValue = "UTC",
      description = "The zone of days, such as Europe/Berlin (default: ${DEFAULT-VALUE}).")
  ZoneId zone;

  @Option(
      names = "--tariff",
      paramLabel = "TARIFF",
      converter = TariffConverter.class,
      description = {
        "The agreed fee of a payment, such as 2.9%%+0.30; of one currency: EUR=1.5%%+0.25.",
        "Repeat it for other currencies (default: fees are not compared)."
      })
  List<Tariff> tariffs = List.of();

  @Option(
      names = "--late-after",
      paramLabel = "DURATION",
      defaultValue = "P5D",
      description = "Later lines are late (default: ${DEFAULT-VALUE}).")
  Duration lateAfter;

  @Option(
      names = "--day-boundary",
      paramLabel = "DURATION",
      defaultValue = "PT15M",
      description = {
        "How far from midnight both sides may have another day",
        "(default: ${DEFAULT-VALUE})."
      })
  Duration dayBoundary;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "File for the exceptions as CSV, which is replaced (default: none).")
  @Nullable Path output;

  @Option(
      names = "--close",
      paramLabel = "ID",
      description = "Close an exception, instead of reading a file.")
  @Nullable Long close;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "Why the exception is closed, for the audit trail.")
  @Nullable String reason;

  /** Parser of a tariff. */
  static final class TariffConverter implements ITypeConverter<Tariff> {
    @Override
    public Tariff convert(String value) {
      try {
        return Tariff.parse(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }

  @Override
  public Integer call() {
    check();
    return CommandLedger.use(
        parent, database -> close == null ? compare(database) : close(database, close));
  }

  private void check() {
    require((file == null) != (close == null), "a file, or --close");
    require((close == null) == (reason == null), "--close with --reason");
    require(reason == null || !reason.isBlank(), "a reason that is not blank");
    require(from == null || to == null || !to.isBefore(from), "--to not before --from");
    require(
        !lateAfter.isNegative() && lateAfter.toDays() <= 3650, "--late-after from 0 to 3650 days");
    require(
        !dayBoundary.isNegative() && dayBoundary.toHours() < 12,
        "--day-boundary from 0 to 12 hours");
    require(format == null || FORMATS.stream().anyMatch(this::isFormat), formats());
  }

  private boolean isFormat(SettlementFormat known) {
    return known.name().equalsIgnoreCase(format);
  }

  private static String formats() {
    return "--format with one of "
        + FORMATS.stream().map(SettlementFormat::name).sorted().collect(Collectors.joining(", "));
  }

  private void require(boolean isMet, String expected) {
    if (!isMet) {
      throw new ParameterException(line(), "expected " + expected);
    }
  }

  private CommandLine line() {
    return Objects.requireNonNull(spec).commandLine();
  }

  private int close(Database database, long exception) {
    try (SettlementLedger ledger = database.openSettlements()) {
      line().getOut().println(ledger.close(exception, Objects.requireNonNull(reason), operator()));
      line().getOut().flush();
      return 0;
    } catch (IllegalArgumentException e) {
      return wrong("reconcile: " + e.getMessage());
    }
  }

  /** Returns the user of the operating system. */
  private static String operator() {
    String user = System.getProperty("user.name", "");
    return user.isBlank() ? "unknown" : user;
  }

  private int wrong(String error) {
    line().getErr().println(error);
    line().getErr().flush();
    return ServiceRunner.MISCONFIGURED;
  }

  private int compare(Database database) throws IOException {
    Path path = Objects.requireNonNull(file);
    try (InputStream content = Files.newInputStream(path);
        SettlementLedger ledger = database.openSettlements()) {
      MessageDigest digest = sha256();
      InputStream in = new BufferedInputStream(new DigestInputStream(content, digest), HEAD);
      SettlementFormat known = format(in);
      LineTotals totals = ledger.stage(lines -> known.read(in, zone, lines), gateway);
      SettlementRules rules =
          new SettlementRules(gateway(ledger), period(totals), lateAfter, dayBoundary, tariffs);
      SettlementFile read =
          new SettlementFile(
              path.getFileName().toString(),
              HexFormat.of().formatHex(digest.digest()),
              known.name(),
              account,
              operator());
      SettlementResult result = store(ledger, read, rules, totals);
      new SettlementPrinter(line().getOut()).print(read, rules, totals, result);
      return result.open() == 0 ? 0 : ServiceRunner.DIFFERENT;
    } catch (NoSuchFileException e) {
      return wrong("Cannot read " + FileProblem.describe(e));
    } catch (ParameterException e) {
      return wrong(path + ": " + e.getMessage());
    } catch (InvalidFileException e) {
      return wrong(path + ": " + e.getMessage());
    }
  }

  private SettlementResult store(
      SettlementLedger ledger, SettlementFile read, SettlementRules rules, LineTotals totals)
      throws IOException, InvalidFileException {
    if (output == null) {
      return ledger.reconcile(read, rules, totals, null);
    }
    SettlementResult[] result = new SettlementResult[1];
    new ReplacedFile(output)
        .<InvalidFileException>write(out -> result[0] = ledger.reconcile(read, rules, totals, out));
    return result[0];
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("each JDK has SHA-256", e);
    }
  }

  /** Returns the stated format, or that of the first line. */
  private SettlementFormat format(InputStream in) throws IOException, InvalidFileException {
    if (format != null) {
      return FORMATS.stream().filter(this::isFormat).findFirst().orElseThrow();
    }
    in.mark(HEAD);
    String head = new String(in.readNBytes(HEAD), UTF_8);
    in.reset();
    String first =
        (head.startsWith("\uFEFF") ? head.substring(1) : head).lines().findFirst().orElse("");
    for (SettlementFormat known : FORMATS) {
      if (known.matches(first)) {
        return known;
      }
    }
    throw new InvalidFileException(
        1,
        null,
        FORMATS.stream()
            .map(known -> known.expectedFirstLine() + " (" + known.name() + ")")
            .collect(Collectors.joining(", or ")),
        first);
  }

  /** Returns the gateway; a file of another one would have nothing but exceptions. */
  private String gateway(SettlementLedger ledger) {
    List<String> found = ledger.gateways();
    if (gateway != null) {
      require(
          found.isEmpty() || found.contains(gateway),
          "payments of " + gateway + " in the file, found those of " + String.join(", ", found));
      return gateway;
    }
    require(
        found.size() == 1,
        "--gateway, because the file has payments of "
            + (found.isEmpty() ? "none" : String.join(", ", found)));
    return found.get(0);
  }

  private Period period(LineTotals totals) {
    LocalDate first = from == null ? totals.first() : from;
    LocalDate last = to == null ? totals.last() : to;
    if (first == null || last == null) {
      throw new ParameterException(
          line(), "expected --from and --to, because the file has no line");
    }
    require(!last.isBefore(first), "--to not before the first day of the file");
    return new Period(first, last, zone);
  }
}
