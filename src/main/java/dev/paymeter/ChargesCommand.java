package dev.paymeter;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "charges",
    description = {
      "Print what the simulated gateways know of each payment, as lines of JSON, from the files in",
      "simulator.directory. The service may run or not."
    })
final class ChargesCommand implements Callable<Integer> {
  @ParentCommand ServiceCommand parent;

  @Override
  public Integer call() {
    try {
      Settings settings = parent.process().settings(Level.WARN);
      new SimulatedCharges(settings.simulator().directory()).print(System.out);
      return 0;
    } catch (SettingsException e) {
      System.err.println(e.getMessage());
      return ServiceProcess.MISCONFIGURED;
    } catch (IOException e) {
      System.err.println("Cannot read the simulated gateways' journals: " + e);
      return ServiceProcess.FAILED;
    }
  }
}
