package dev.paymeter.app.cli;

import dev.paymeter.gateway.simulator.SimulatedCharge;
import dev.paymeter.gateway.simulator.Simulator;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/**
 * What the simulated gateways know, for people and scripts.
 *
 * @param directory of their journals
 */
record ChargesPrinter(Path directory) {
  /**
   * Gateway by gateway, a line for each payment and each refund, in the order in which it heard of
   * them.
   */
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
            .put("asked", charge.asked())
            .put("at", charge.at().toString())
            .put("order_id", charge.orderId())
            .put("amount_minor", charge.minor())
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
