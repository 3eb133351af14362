package dev.paymeter.benchmark;

import dev.paymeter.support.load.BusPublisher;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * A cluster member that replies to each message without reading it. Prints a line when it is ready.
 * Arguments: the cluster's name, and the address of another member.
 */
final class BareConsumer {
  static final String READY = "^(ready)$";

  private BareConsumer() {}

  public static void main(String[] arguments) {
    BusPublisher member = BusPublisher.join(arguments[0], List.of(arguments[1]));
    JsonObject reply = new JsonObject().put("accepted", OperationBatches.ROWS);
    member.runOnEventLoop(() -> {});
    member.replyWith(BusBenchmarks.BARE, reply);
    System.out.println("ready");
  }
}
