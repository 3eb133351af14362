package dev.paymeter.app.cli;

import dev.paymeter.gateway.simulator.SimulatedCharge;
import dev.paymeter.gateway.simulator.Simulator;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/**
 * Printer of the payments and refunds in the simulated gateways' journals.
 *
 * @param directory of the journals
 */
record ChargesPrinter(Path directory) {
  /** Prints a line for each payment and refund, by gateway, in order of their first requests. */
  void print(PrintStream out) throws IOException {
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
      json.put("error_type", charge.error().type()).put("error", charge.error().reason());
    }
    return json;
  }
}
