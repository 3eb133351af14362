package dev.paymeter.app.cli;

import dev.paymeter.metrics.dashboard.Queries;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "queries", description = "Print the queries for Prometheus, and the alerts.")
public final class QueriesCommand implements Callable<Integer> {
  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "text",
      description = "text or json (default: ${DEFAULT-VALUE}).")
  Format format;

  enum Format {
    TEXT,
    JSON
  }

  @Override
  public Integer call() {
    Queries queries = Queries.shipped();
    System.out.print(
        switch (format) {
          case TEXT -> queries.asText();
          case JSON -> queries.asJson() + "\n";
        });
    return 0;
  }
}
