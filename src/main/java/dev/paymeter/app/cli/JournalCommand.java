package dev.paymeter.app.cli;

import dev.paymeter.postgres.server.LedgerJournal;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "journal",
    description = {
      "Export the journal of the ledger as CSV.",
      "The service may be running. All lines are of one snapshot, by time."
    })
public final class JournalCommand implements Callable<Integer> {
  @ParentCommand ServiceCommand parent;

  @Option(
      names = "--from",
      paramLabel = "TIME",
      description = "The first time, such as 2026-11-27T00:00:00Z (default: no limit).")
  @Nullable Instant from;

  @Option(
      names = "--to",
      paramLabel = "TIME",
      description = "The end: the first time that is not exported (default: no limit).")
  @Nullable Instant to;

  @Option(
      names = "--gateway",
      paramLabel = "NAME",
      description = "Lines of one gateway (default: all).")
  @Nullable String gateway;

  @Option(
      names = "--currency",
      paramLabel = "CODE",
      description = "Lines of one currency (default: all).")
  @Nullable String currency;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "File that is replaced when the export is complete (default: standard output).")
  @Nullable Path output;

  @Override
  public Integer call() {
    return CommandLedger.read(parent, this::export);
  }

  private void export(LedgerJournal journal) throws IOException {
    if (output == null) {
      // Unlike System.out, it reports that the reader has ended.
      write(journal, new FileOutputStream(FileDescriptor.out));
      return;
    }
    new ReplacedFile(output).write(out -> write(journal, out));
  }

  private void write(LedgerJournal journal, OutputStream out) throws IOException {
    try (OutputStream buffered = new BufferedOutputStream(out, 1 << 16)) {
      journal.export(new LedgerJournal.Filter(from, to, gateway, currency), buffered);
    }
  }
}
