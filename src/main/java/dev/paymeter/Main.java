package dev.paymeter;

import ch.qos.logback.classic.Level;
import dev.paymeter.logs.Logs;
import dev.paymeter.security.NewKey;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
    // Until the settings say more: what is printed is for programs, and the log is apart from it.
    Logs.configure(Logs.Format.TEXT, Level.WARN);
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
  Integer demo(@Mixin Rate rate) throws InterruptedException {
    if (rate.isWrong()) {
      return ServiceProcess.MISCONFIGURED;
    }
    return process()
        .run(
            Level.WARN,
            System.out::println,
            service -> new Demo(service, System.out).run(rate.perSecond));
  }

  @Command(
      name = "stack",
      description = {
        "Run the demo with a Prometheus and an Alertmanager beside it, as conf/ sets them up.",
        "Both have to be installed; their data and logs are in data/stack. Alerts are printed."
      })
  Integer stack(
      @Mixin Rate rate,
      @Option(
              names = "--prometheus-port",
              paramLabel = "PORT",
              defaultValue = "9090",
              description = "Where Prometheus listens (default: ${DEFAULT-VALUE}).")
          int prometheusPort,
      @Option(
              names = "--alertmanager-port",
              paramLabel = "PORT",
              defaultValue = "9093",
              description = "Where Alertmanager listens (default: ${DEFAULT-VALUE}).")
          int alertmanagerPort)
      throws InterruptedException {
    if (rate.isWrong()) {
      return ServiceProcess.MISCONFIGURED;
    }
    Map<String, String> environment = new HashMap<>(System.getenv());
    // Ctrl-C ends Prometheus, too: there will be no last scrape.
    environment.putIfAbsent(SettingsSource.variable("shutdown.last-scrape-timeout"), "0s");
    Stack stack;
    try {
      stack =
          Stack.find(
              environment.getOrDefault("PATH", ""),
              Path.of("conf"),
              Path.of("data", "stack"),
              prometheusPort,
              alertmanagerPort,
              System.out);
    } catch (IllegalStateException missing) {
      System.err.println(missing.getMessage());
      return ServiceProcess.FAILED;
    }
    Runtime.getRuntime().addShutdownHook(new Thread(stack::close, "shutdown of the stack"));
    return new ServiceProcess(Optional.ofNullable(conf), environment)
        .run(
            Level.WARN,
            System.out::println,
            service -> {
              Demo.requireClearText("management.tls", service.managementUrl());
              stack.start(URI.create(service.managementUrl()));
              new Demo(service, System.out).run(rate.perSecond);
            });
  }

  @Command(
      name = "charges",
      description = {
        "Print what the simulated gateways know of each payment, as lines of JSON, from the files in",
        "simulator.directory. The service may run or not."
      })
  Integer charges() {
    return process().printCharges();
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

  @Command(
      name = "key",
      description = {
        "Make a key for the API, and its line for the file that security.keys names.",
        "The key is printed once and kept nowhere."
      })
  Integer key(
      @Option(
              names = "--name",
              paramLabel = "NAME",
              required = true,
              description = "What people call its owner.")
          String name,
      @Option(
              names = "--scopes",
              paramLabel = "SCOPES",
              required = true,
              description = "Of pay, read, refund, operate, with commas between them.")
          String scopes,
      @Option(
              names = "--expires",
              paramLabel = "TIME",
              defaultValue = "never",
              description = "Such as 2027-01-01T00:00:00Z (default: ${DEFAULT-VALUE}).")
          String expires) {
    try {
      NewKey made = NewKey.make(name, scopes, expires);
      System.out.println("The key, for its owner alone; it is not shown again:");
      System.out.println(made.key());
      System.out.println();
      System.out.println("Its line for the file of security.keys:");
      System.out.println(made.line());
      return 0;
    } catch (IllegalArgumentException e) {
      System.err.println("key: wanted " + e.getMessage());
      return ServiceProcess.MISCONFIGURED;
    }
  }

  /** How many payments the demo makes. */
  static final class Rate {
    @Option(
        names = "--rate",
        paramLabel = "N",
        defaultValue = "5",
        description = "Payments a second in the stream; 0 for none (default: ${DEFAULT-VALUE}).")
    double perSecond;

    /** Says so, too. */
    private boolean isWrong() {
      boolean isRight = perSecond >= 0 && perSecond <= Demo.HIGHEST_RATE;
      if (!isRight) {
        System.err.println("--rate: wanted 0 to " + Demo.HIGHEST_RATE + ", found " + perSecond);
      }
      return !isRight;
    }
  }

  /** In what form queries are printed. */
  enum QueriesFormat {
    TEXT,
    JSON
  }
}
