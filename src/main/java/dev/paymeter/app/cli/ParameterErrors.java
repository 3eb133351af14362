package dev.paymeter.app.cli;

import dev.paymeter.app.config.KnownNames;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.Optional;
import java.util.TreeSet;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Printer of errors in the arguments of a command, with suggestions. */
public final class ParameterErrors implements IParameterExceptionHandler {
  @Override
  public int handleParseException(ParameterException e, String[] arguments) {
    PrintWriter err = e.getCommandLine().getErr();
    err.println(e instanceof UnmatchedArgumentException u ? message(u) : e.getMessage());
    err.println("Try: " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help");
    err.flush();
    return ServiceRunner.MISCONFIGURED;
  }

  private static String message(UnmatchedArgumentException e) {
    String argument = e.getUnmatched().get(0);
    CommandLine command = e.getCommandLine();
    if (argument.startsWith("-")) {
      Collection<String> options = new TreeSet<>(command.getCommandSpec().optionsMap().keySet());
      return unknown("option", argument, options);
    }
    return command.getSubcommands().isEmpty()
        ? "Unexpected argument: " + argument
        : unknown("command", argument, new TreeSet<>(command.getSubcommands().keySet()));
  }

  private static String unknown(String kind, String argument, Collection<String> known) {
    Optional<String> nearest = new KnownNames(known).nearest(argument);
    return "Unknown %s: %s. %s"
        .formatted(
            kind,
            argument,
            nearest
                .map(name -> "Did you mean " + name + "?")
                .orElse("Expected: " + String.join(", ", known)));
  }
}
