package dev.paymeter.app.cli;

import static java.util.Objects.requireNonNull;

import dev.paymeter.postgres.server.LedgerJournal;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(
    name = "trial-balance",
    description = {
      "Print the balance of each account of the journal.",
      "The service may be running. All balances are of one snapshot."
    })
public final class TrialBalanceCommand implements Callable<Integer> {
  @Spec @Nullable CommandSpec spec;
  @ParentCommand ServiceCommand parent;

  @Option(
      names = "--cut",
      paramLabel = "INSTANCE=CUT",
      description = {
        "Include what an instance counted up to a cut: epoch * 4294967296 + segment.",
        "Repeat it for other instances (default: all of an instance)."
      })
  Map<String, Long> cuts = Map.of();

  @Option(
      names = "--until",
      paramLabel = "TIME",
      description = "The last time, such as 2026-11-27T23:59:59.999999Z (default: no limit).")
  @Nullable Instant until;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "text",
      description = "Format: text, csv or json (default: ${DEFAULT-VALUE}).")
  Format format;

  enum Format {
    TEXT,
    CSV,
    JSON
  }

  @Override
  public Integer call() {
    return CommandLedger.read(parent, this::print);
  }

  private void print(LedgerJournal journal) {
    PrintWriter out = requireNonNull(spec).commandLine().getOut();
    TrialBalance balance = new TrialBalance(journal.trialBalance(cuts, until));
    out.print(
        switch (format) {
          case TEXT -> balance.asText();
          case CSV -> balance.asCsv();
          case JSON -> balance.asJson().encodePrettily() + "\n";
        });
    out.flush();
  }
}
