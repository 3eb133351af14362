package dev.paymeter.json;

import dev.paymeter.payment.RequestRejectedException.FieldError;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** Field errors as JSON, for HTTP and the bus. */
public final class FieldErrorJson {
  private FieldErrorJson() {}

  public static JsonArray write(List<FieldError> faults) {
    JsonArray array = new JsonArray();
    for (FieldError fieldError : faults) {
      array.add(
          new JsonObject()
              .put("field", fieldError.field())
              .put("expected", fieldError.expected())
              .put("actual", fieldError.actual()));
    }
    return array;
  }
}
