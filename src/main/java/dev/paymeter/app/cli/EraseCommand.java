package dev.paymeter.app.cli;

import dev.paymeter.postgres.server.Database;
import java.io.PrintWriter;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(
    name = "erase",
    description = {
      "Erase the personal values of a user's settled payments and refunds.",
      "order_id and user_id become [erased]; customer, description, metadata, return_url",
      "and the reasons of refunds are removed. Amounts, times and the hash chain stay.",
      "It cannot be undone. The service may be running."
    })
public final class EraseCommand implements Callable<Integer> {
  @ParentCommand ServiceCommand parent;
  @Spec @Nullable CommandSpec spec;

  @Option(
      names = "--user",
      paramLabel = "ID",
      required = true,
      description = "The user_id of the payments.")
  String user;

  @Override
  public Integer call() {
    return CommandLedger.use(
        parent,
        database -> {
          Database.Erasure erasure = database.erasePersonalValues(user);
          PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
          out.printf("Erased the personal values of %d payments%n", erasure.erased());
          if (erasure.unresolved() > 0) {
            out.printf(
                "%d payments have no outcome yet, and keep them: repeat this later%n",
                erasure.unresolved());
          }
          out.flush();
          return 0;
        });
  }
}
