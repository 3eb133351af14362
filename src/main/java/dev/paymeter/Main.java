package dev.paymeter;

import ch.qos.logback.classic.Level;
import dev.paymeter.app.cli.ChargesCommand;
import dev.paymeter.app.cli.CloseCommand;
import dev.paymeter.app.cli.DemoCommand;
import dev.paymeter.app.cli.EraseCommand;
import dev.paymeter.app.cli.HelpCommand;
import dev.paymeter.app.cli.JournalCommand;
import dev.paymeter.app.cli.KeyCommand;
import dev.paymeter.app.cli.ParameterErrors;
import dev.paymeter.app.cli.ProveCommand;
import dev.paymeter.app.cli.QueriesCommand;
import dev.paymeter.app.cli.ReconcileCommand;
import dev.paymeter.app.cli.ServeCommand;
import dev.paymeter.app.cli.ServiceCommand;
import dev.paymeter.app.cli.ServiceRunner;
import dev.paymeter.app.cli.StackCommand;
import dev.paymeter.app.cli.TrialBalanceCommand;
import dev.paymeter.app.cli.VerifyCommand;
import dev.paymeter.app.cli.WebhookCommand;
import dev.paymeter.logging.LoggingSetup;
import dev.paymeter.logging.OutOfMemoryExit;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ScopeType;

/** Command line of the service. */
@Command(
    name = "paymeter",
    description = "A payment service whose metrics equal its ledger.",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = Main.Version.class,
    footer = {
      "",
      "Settings come from environment variables (PAYMETER_HTTP_PORT for http.port),",
      "from the settings file, and from the defaults.",
      "All settings: src/docs/operate/configuration.md",
      "Documentation: README.md, src/docs",
      "The API, while the service runs: http://127.0.0.1:8080/docs/"
    },
    subcommands = {
      ChargesCommand.class,
      CloseCommand.class,
      DemoCommand.class,
      EraseCommand.class,
      HelpCommand.class,
      JournalCommand.class,
      KeyCommand.class,
      ProveCommand.class,
      QueriesCommand.class,
      ReconcileCommand.class,
      ServeCommand.class,
      StackCommand.class,
      TrialBalanceCommand.class,
      VerifyCommand.class,
      WebhookCommand.class
    })
public final class Main extends ServiceCommand {
  /** The version that the build wrote to the manifest of the jar. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      @Nullable String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"paymeter " + Objects.requireNonNullElse(version, "of unknown version")};
    }
  }

  private Main(Map<String, String> environment) {
    super(environment);
  }

  public static void main(String[] args) {
    LoggingSetup.queueStandardError();
    // Applies until the settings are read. The log does not mix with the output of commands.
    LoggingSetup.configure(LoggingSetup.Format.TEXT, Level.WARN);
    OutOfMemoryExit.install();
    int exitCode = ServiceRunner.FAILED; // Also of an error, which the other threads would survive.
    try {
      exitCode = commandLine(System.getenv()).execute(args);
    } catch (Error e) {
      LoggerFactory.getLogger(Main.class).error("Cannot continue", e);
    }
    LoggingSetup.flush();
    System.exit(exitCode);
  }

  public static CommandLine commandLine(Map<String, String> environment) {
    return new CommandLine(new Main(environment))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(new ParameterErrors());
  }
}
