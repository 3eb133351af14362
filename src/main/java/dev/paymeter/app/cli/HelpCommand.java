package dev.paymeter.app.cli;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

@Command(name = "help", description = "Print the help of a command, or this one.")
public final class HelpCommand implements Callable<Integer> {
  @Spec @Nullable CommandSpec spec;

  @Parameters(arity = "0..1", paramLabel = "COMMAND", description = "Name of the command.")
  @Nullable String command;

  @Override
  public Integer call() {
    CommandLine all = requireNonNull(spec).commandLine().getParent();
    CommandLine described = command == null ? all : all.getSubcommands().get(command);
    if (described == null) {
      throw new UnmatchedArgumentException(all, List.of(requireNonNull(command)));
    }
    described.usage(described.getOut());
    return 0;
  }
}
