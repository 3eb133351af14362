package dev.paymeter;

import ch.qos.logback.classic.Level;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The command line. */
@Command(
    name = "paymeter",
    description = "A payment service whose metrics equal its ledger.",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    version = "paymeter 0.1.0")
public final class Main implements Callable<Integer> {
  @Option(
      names = "--conf",
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      description = "A settings file; without it, conf/paymeter.yaml where that exists.")
  @Nullable Path conf;

  private Main() {}

  public static void main(String[] args) {
    System.exit(
        new CommandLine(new Main()).setCaseInsensitiveEnumValuesAllowed(true).execute(args));
  }

  @Override
  public Integer call() throws InterruptedException {
    return process().run(Level.INFO, line -> {}, service -> {});
  }

  private ServiceProcess process() {
    return new ServiceProcess(Optional.ofNullable(conf), System.getenv());
  }

  @Command(name = "serve", description = "Run the service; the same as no command at all.")
  Integer serve() throws InterruptedException {
    return call();
  }

  @Command(
      name = "demo",
      description = "Run the service, pay five payments, then go on with a gentle stream of them.")
  Integer demo(
      @Option(
              names = "--rate",
              paramLabel = "N",
              defaultValue = "5",
              description =
                  "Payments a second in the stream; 0 for none (default: ${DEFAULT-VALUE}).")
          double rate)
      throws InterruptedException {
    if (!(rate >= 0 && rate <= Demo.HIGHEST_RATE)) {
      System.err.println("--rate: wanted 0 to " + Demo.HIGHEST_RATE + ", found " + rate);
      return ServiceProcess.MISCONFIGURED;
    }
    return process()
        .run(Level.WARN, System.out::println, service -> new Demo(service, System.out).run(rate));
  }

  @Command(name = "queries", description = "Print the questions to ask Prometheus, and the alerts.")
  Integer queries(
      @Option(
              names = "--format",
              paramLabel = "FORMAT",
              defaultValue = "text",
              description = "text or json (default: ${DEFAULT-VALUE}).")
          QueriesFormat format) {
    Queries queries = Queries.shipped();
    System.out.print(
        switch (format) {
          case TEXT -> queries.asText();
          case JSON -> queries.asJson() + "\n";
        });
    return 0;
  }

  /** In what form queries are printed. */
  enum QueriesFormat {
    TEXT,
    JSON
  }
}
