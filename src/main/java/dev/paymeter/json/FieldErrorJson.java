package dev.paymeter.json;

import dev.paymeter.payment.RequestRefusedException.Fault;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** Field errors as JSON, for HTTP and the bus. */
public final class FieldErrorJson {
  private FieldErrorJson() {}

  public static JsonArray write(List<Fault> faults) {
    JsonArray array = new JsonArray();
    for (Fault fault : faults) {
      array.add(
          new JsonObject()
              .put("field", fault.field())
              .put("expected", fault.expected())
              .put("actual", fault.actual()));
    }
    return array;
  }
}
