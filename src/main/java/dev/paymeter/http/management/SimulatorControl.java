package dev.paymeter.http.management;

import dev.paymeter.payment.RequestRefusedException;
import io.vertx.core.json.JsonObject;

/** What the management port shows of the simulated gateways, and can switch. */
public interface SimulatorControl {
  /** By gateway, what is to befall it and what did. */
  JsonObject show();

  /**
   * Changes what is named, and nothing where anything is wrong with it.
   *
   * @throws RequestRefusedException naming everything that is wrong
   */
  void change(JsonObject changes);

  /** Nothing is to befall anybody any more. */
  void clear();
}
