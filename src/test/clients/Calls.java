import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Map;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.ApiResponse;
import org.openapitools.client.api.DescriptionApi;
import org.openapitools.client.api.GatewaysApi;
import org.openapitools.client.api.ObservationsApi;
import org.openapitools.client.api.PaymentsApi;
import org.openapitools.client.api.RefundsApi;
import org.openapitools.client.model.CaptureOrder;
import org.openapitools.client.model.ErrorBatch;
import org.openapitools.client.model.EventReport;
import org.openapitools.client.model.FailedPaymentReport;
import org.openapitools.client.model.Observation;
import org.openapitools.client.model.Order;
import org.openapitools.client.model.PaymentStatus;
import org.openapitools.client.model.RefundOrder;

/** Makes the calls of calls.json with the generated client, and prints each result as JSON. */
final class Calls {
  private static final int MAX_ATTEMPTS = 100;
  private static final long PAUSE_MILLIS = 200;

  private final ApiClient client = new ApiClient();
  private final ObjectMapper json = client.getObjectMapper();
  private final Map<String, String> saved = new HashMap<>();
  private JsonNode given = MissingNode.getInstance();

  public static void main(String[] arguments) throws Exception {
    Calls calls = new Calls();
    calls.client.updateBaseUri(arguments[0]);
    for (JsonNode call : new ObjectMapper().readTree(new File("calls.json"))) {
      calls.print(call);
    }
  }

  private void print(JsonNode call) throws Exception {
    given = call.path("arguments");
    ObjectNode line = line(call);
    for (int i = 0; call.has("await") && isEmpty(line, call) && i < MAX_ATTEMPTS; i++) {
      Thread.sleep(PAUSE_MILLIS);
      line = line(call);
    }
    for (Map.Entry<String, JsonNode> value : call.path("save").properties()) {
      saved.put(value.getKey(), line.get("result").at(value.getValue().asText()).asText());
    }
    System.out.println(json.writeValueAsString(line));
  }

  private static boolean isEmpty(JsonNode line, JsonNode call) {
    return line.get("result").path(call.get("await").asText()).isEmpty();
  }

  private ObjectNode line(JsonNode call) throws Exception {
    ObjectNode line = json.createObjectNode().put("operation", call.get("operation").asText());
    JsonNode result;
    try {
      ApiResponse<?> response = make(call.get("operation").asText());
      line.put("status", response.getStatusCode());
      result =
          response.getData() instanceof File file
              ? json.valueToTree(Files.readString(file.toPath()))
              : json.valueToTree(response.getData());
    } catch (ApiException problem) {
      if (problem.getResponseBody() == null) {
        throw problem;
      }
      line.put("status", problem.getCode());
      result = json.readTree(problem.getResponseBody());
    }
    return line.set("result", result);
  }

  private ApiResponse<?> make(String operation) throws Exception {
    PaymentsApi payments = new PaymentsApi(client);
    RefundsApi refunds = new RefundsApi(client);
    String id = text("id");
    String key = text("idempotency_key");
    return switch (operation) {
      case "describe" -> new DescriptionApi(client).describeWithHttpInfo(null);
      case "createPayment" ->
          payments.createPaymentWithHttpInfo(model("order", Order.class), key, null);
      case "findPayment" -> payments.findPaymentWithHttpInfo(id, null);
      case "findHistory" -> payments.findHistoryWithHttpInfo(id, null);
      case "listPayments" ->
          payments.listPaymentsWithHttpInfo(
              model("status", PaymentStatus.class),
              text("gateway"),
              text("user_tier"),
              text("order_id"),
              text("user_id"),
              text("merchant"),
              null,
              null,
              model("limit", Integer.class),
              text("after"),
              null);
      case "listDisputes" -> payments.listDisputesWithHttpInfo(id, null);
      case "capturePayment" ->
          payments.capturePaymentWithHttpInfo(
              id, key, null, model("capture_order", CaptureOrder.class));
      case "voidPayment" -> payments.voidPaymentWithHttpInfo(id, key, null, Map.of());
      case "createRefund" ->
          refunds.createRefundWithHttpInfo(id, key, null, model("refund_order", RefundOrder.class));
      case "findRefund" -> refunds.findRefundWithHttpInfo(id, text("refund"), null);
      case "listRefunds" -> refunds.listRefundsWithHttpInfo(id, null, null, null);
      case "observe" -> new ObservationsApi(client).observeWithHttpInfo(observation(), null);
      case "receiveGatewayWebhook" ->
          new GatewaysApi(client)
              .receiveGatewayWebhookWithHttpInfo(
                  text("gateway"), model("body", Object.class), null, null);
      default -> throw new IllegalArgumentException(operation);
    };
  }

  /** The client cannot decode an observation: several of its classes accept the same JSON. */
  private Observation observation() throws Exception {
    JsonNode observation = given.get("observation");
    if (observation.has("columns")) {
      return new Observation(model("observation", ErrorBatch.class));
    }
    return observation.get("kind").asText().equals("event")
        ? new Observation(model("observation", EventReport.class))
        : new Observation(model("observation", FailedPaymentReport.class));
  }

  private <T> T model(String name, Class<T> type) throws Exception {
    return given.has(name) ? json.treeToValue(given.get(name), type) : null;
  }

  /** Returns an argument, with saved values in place of their names. */
  private String text(String name) {
    String text = given.path(name).asText(null);
    for (Map.Entry<String, String> value : saved.entrySet()) {
      text = text == null ? null : text.replace("${" + value.getKey() + "}", value.getValue());
    }
    return text;
  }
}
