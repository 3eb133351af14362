package dev.paymeter.app.cli;

import dev.paymeter.metrics.dashboard.PrometheusRules;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "queries", description = "Print the Prometheus queries and alerts.")
public final class QueriesCommand implements Callable<Integer> {
  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "text",
      description = "Format: text or json (default: ${DEFAULT-VALUE}).")
  Format format;

  enum Format {
    TEXT,
    JSON
  }

  @Override
  public Integer call() {
    PrometheusRules prometheusRules = PrometheusRules.load();
    System.out.print(
        switch (format) {
          case TEXT -> prometheusRules.asText();
          case JSON -> prometheusRules.asJson() + "\n";
        });
    return 0;
  }
}
