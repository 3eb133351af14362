package dev.paymeter.app.cli;

import ch.qos.logback.classic.Level;
import dev.paymeter.app.config.Settings;
import dev.paymeter.app.config.SettingsException;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "charges",
    description = {
      "Print the payments and refunds in the simulated gateways' journals, as lines of JSON.",
      "The journals are in simulator.directory. The service may be running."
    })
public final class ChargesCommand implements Callable<Integer> {
  @ParentCommand ServiceCommand parent;

  @Override
  public Integer call() {
    try {
      Settings settings = parent.runner().settings(Level.WARN);
      new ChargesPrinter(settings.simulator().directory()).print(System.out);
      return 0;
    } catch (SettingsException e) {
      System.err.println(e.getMessage());
      return ServiceRunner.MISCONFIGURED;
    } catch (IOException e) {
      System.err.println("Cannot read the simulated gateways' journals: " + e);
      return ServiceRunner.FAILED;
    }
  }
}
