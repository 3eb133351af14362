package dev.paymeter.app.cli;

import dev.paymeter.app.config.FileProblem;
import dev.paymeter.app.config.SettingsException;
import dev.paymeter.gateway.simulator.SimulatedCharge;
import dev.paymeter.gateway.simulator.Simulator;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
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
      print(parent.runner(Map.of()).settings().simulator().directory(), System.out);
      return 0;
    } catch (SettingsException e) {
      System.err.println(e.getMessage());
      return ServiceRunner.MISCONFIGURED;
    } catch (IOException e) {
      System.err.println(
          "Cannot read the simulated gateways' journals: " + FileProblem.describe(e));
      return ServiceRunner.FAILED;
    }
  }

  /** Prints a line for each payment and refund, by gateway, in order of their first requests. */
  static void print(Path directory, PrintStream out) throws IOException {
    for (String gateway : Simulator.names(directory)) {
      Simulator.charges(directory, gateway)
          .values()
          .forEach(charge -> out.println(json(gateway, charge).encode()));
    }
  }

  private static JsonObject json(String gateway, SimulatedCharge charge) {
    JsonObject json =
        new JsonObject()
            .put("gateway", gateway)
            .put("reference", charge.reference().toString())
            .put("id", charge.id().toString())
            .put("outcome", charge.outcome().label())
            .put("asked", charge.requestCount())
            .put("at", charge.at().toString())
            .put("order_id", charge.orderId())
            .put("amount_minor", charge.amountMinor())
            .put("currency", charge.currency());
    if (charge.refundOf() != null) {
      json.put("refund_of", charge.refundOf().toString());
    }
    if (charge.error() != null) {
      json.put("error_type", charge.error().type())
          .put("error_code", charge.error().code().label())
          .put("error", charge.error().reason());
    }
    return json;
  }
}
