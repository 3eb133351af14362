package dev.paymeter.app.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

@Command(name = "serve", description = "Run the service; this is the default command.")
public final class ServeCommand implements Callable<Integer> {
  @ParentCommand ServiceCommand parent;

  @Override
  public Integer call() throws InterruptedException {
    return parent.call();
  }
}
