package dev.paymeter.app.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

@Command(name = "serve", description = "Run the service; the same as no command at all.")
public final class ServeCommand implements Callable<Integer> {
  @ParentCommand ServiceCommand parent;

  @Override
  public Integer call() throws InterruptedException {
    return parent.call();
  }
}
