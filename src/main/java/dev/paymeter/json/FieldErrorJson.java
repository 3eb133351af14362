package dev.paymeter.json;

import dev.paymeter.payment.RequestRejectedException.FieldError;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** Field errors as JSON, for HTTP and the bus. */
public final class FieldErrorJson {
  private FieldErrorJson() {}

  public static JsonArray write(List<FieldError> errors) {
    return new JsonArray(
        errors.stream()
            .map(
                error ->
                    new JsonObject()
                        .put("field", error.field())
                        .put("expected", error.expected())
                        .put("actual", error.actual()))
            .toList());
  }
}
