package dev.paymeter.http.management;

import dev.paymeter.payment.RequestRejectedException;
import io.vertx.core.json.JsonObject;

/** Port: shows and changes the injected faults of the simulated gateways. */
public interface SimulatorControl {
  /** Returns for each gateway its fault settings and the faults that it has injected. */
  JsonObject show();

  /**
   * Changes the given settings.
   *
   * @throws RequestRejectedException with all invalid settings; then nothing has changed
   */
  void change(JsonObject changes);

  /** Removes all faults. */
  void clear();
}
