package dev.paymeter.json;

import dev.paymeter.payment.OperatorAction;
import dev.paymeter.payment.query.ActionFilter;
import dev.paymeter.payment.query.PaymentPage;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Recorded actions as JSON. */
public final class ActionJson {
  private ActionJson() {}

  /**
   * Writes a page of a list.
   *
   * @param found one entry more than {@code limit} if there is a next page
   */
  public static JsonObject write(List<OperatorAction.Entry> found, int limit, ActionFilter filter) {
    List<OperatorAction.Entry> entries = found.size() <= limit ? found : found.subList(0, limit);
    return PageCursor.page(
        entries.stream().map(ActionJson::write).toList(),
        found.size() <= limit
            ? Optional.empty()
            : Optional.of(position(entries.get(entries.size() - 1))),
        ActionQueryReader.list(filter));
  }

  /** Returns the position of an entry in all lists. It never changes. */
  private static PaymentPage.Position position(OperatorAction.Entry entry) {
    return new PaymentPage.Position(entry.at(), new UUID(0, entry.id()));
  }

  private static JsonObject write(OperatorAction.Entry entry) {
    OperatorAction action = entry.action();
    OperatorAction.Operator operator = action.operator();
    OperatorAction.Source source = action.source();
    JsonObject json =
        new JsonObject()
            .put("id", Long.toString(entry.id()))
            .put("at", entry.at().toString())
            .put("key", operator.name());
    put(json, "key_id", operator.keyId());
    put(json, "merchant", operator.merchant());
    json.put("action", action.kind()).put("subject", action.subject());
    put(json, "reason", action.reason());
    if (action.details() != null) {
      json.put("details", new JsonObject(action.details()));
    }
    json.put("request_id", source.requestId()).put("client_address", source.address());
    put(json, "forwarded_for", source.forwardedFor());
    put(json, "user_agent", source.userAgent());
    OperatorAction.Result result = entry.result();
    if (result != null) {
      json.put("ended_at", result.at().toString())
          .put("status", result.status())
          .put("outcome", result.outcome());
    }
    return json;
  }

  private static void put(JsonObject json, String name, @Nullable String value) {
    if (value != null) {
      json.put(name, value);
    }
  }
}
