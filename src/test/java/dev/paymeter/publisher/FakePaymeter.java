package dev.paymeter.publisher;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;

/**
 * Fake of Paymeter's side of the bus, with replies as configured by a test. Deduplicates rows by
 * id, operations by sequence number.
 */
final class FakePaymeter {
  /** Behaviour towards a message. */
  interface Behavior extends BiConsumer<FakePaymeter, Message<Object>> {}

  /** Accepts the rows and sends no reply. */
  static final Behavior LOSE_REPLY = (paymeter, message) -> paymeter.take(message);

  static final Behavior NO_REPLY = (paymeter, message) -> {};
  static final Behavior FAIL = (paymeter, message) -> message.fail(1, "internal error");
  static final Behavior REJECT_NUMBERS =
      replyWithJson(
          """
          {"outcome": "rejected",
           "errors": [{"field": "sequence", "expected": "a lower one", "actual": "more"}]}
          """);

  private final List<Object> bodies = new CopyOnWriteArrayList<>();
  private final Set<String> taken = ConcurrentHashMap.newKeySet();
  private final Queue<Behavior> behaviors = new ConcurrentLinkedQueue<>();
  private final List<MessageConsumer<Object>> consumers;
  private volatile Behavior usual = FakePaymeter::reply;

  private FakePaymeter(Vertx vertx) {
    consumers =
        List.of(
            vertx.eventBus().consumer("observations.v1", this::answer),
            vertx.eventBus().consumer("payments.v1.record", this::answer));
  }

  static FakePaymeter start(Vertx vertx) {
    return new FakePaymeter(vertx);
  }

  Future<?> stop() {
    return Future.all(consumers.stream().map(MessageConsumer::unregister).toList());
  }

  /** Replies with the given body. */
  static Behavior replyWith(Object reply) {
    return (paymeter, message) -> message.reply(reply);
  }

  /** Replies with a JSON object. */
  static Behavior replyWithJson(String reply) {
    return replyWith(new JsonObject(reply));
  }

  /** Sets the behaviour for the next messages, one each. */
  FakePaymeter first(Behavior... behaviors) {
    this.behaviors.addAll(Arrays.asList(behaviors));
    return this;
  }

  /** Sets the behaviour for all other messages. */
  FakePaymeter always(Behavior behavior) {
    usual = behavior;
    return this;
  }

  private void answer(Message<Object> message) {
    bodies.add(message.body());
    Behavior behavior = behaviors.poll();
    (behavior == null ? usual : behavior).accept(this, message);
  }

  /** Replies as Paymeter does. */
  void reply(Message<Object> message) {
    message.reply(take(message));
  }

  /**
   * Accepts rows and returns Paymeter's reply. Rows with an id or operation that starts with
   * "wrong" are rejected; messages without rows are accepted.
   */
  JsonObject take(Message<Object> message) {
    JsonObject batch = json(message.body());
    if (!batch.containsKey("columns")) {
      return new JsonObject().put("outcome", "accepted");
    }
    String column = isNumbered(batch) ? "operation" : "id";
    JsonArray names = batch.getJsonObject("columns").getJsonArray(column);
    JsonArray duplicates = new JsonArray();
    JsonArray rejected = new JsonArray();
    int accepted = 0;
    for (int row = 0; row < names.size(); row++) {
      if (names.getString(row).startsWith("wrong")) {
        JsonArray errors = new JsonArray().add(new JsonObject().put("field", column));
        rejected.add(new JsonObject().put("row", row).put("errors", errors));
      } else if (taken.add(identity(batch, names, row))) {
        accepted++;
      } else {
        duplicates.add(row);
      }
    }
    JsonObject reply =
        new JsonObject()
            .put("outcome", "taken")
            .put("accepted", accepted)
            .put("duplicates", duplicates)
            .put("rejected", rejected);
    return isNumbered(batch) ? reply.put("dropped", 0) : reply;
  }

  private static boolean isNumbered(JsonObject batch) {
    return batch.containsKey("sequence");
  }

  private static String identity(JsonObject batch, JsonArray ids, int row) {
    return isNumbered(batch)
        ? batch.getString("session") + '/' + (batch.getLong("sequence") + row)
        : batch.getString("kind") + ' ' + ids.getString(row);
  }

  private static JsonObject json(Object body) {
    return body instanceof Buffer text ? new JsonObject(text) : (JsonObject) body;
  }

  /** Returns the bodies of all messages received, including retries. */
  List<Object> bodies() {
    return bodies;
  }

  List<JsonObject> messages() {
    return bodies.stream().map(FakePaymeter::json).toList();
  }

  /** Returns the number of rows of each message; requires that none has operations. */
  List<Integer> sizes() {
    return messages().stream()
        .map(message -> message.getJsonObject("columns").getJsonArray("id").size())
        .toList();
  }

  /** Returns the first sequence number of each message. */
  List<Long> sequences() {
    return messages().stream().map(message -> message.getLong("sequence")).toList();
  }

  /** Returns the session of each message. */
  List<String> sessions() {
    return messages().stream().map(message -> message.getString("session")).toList();
  }

  /** Returns the accepted rows: kind and id, or session and sequence number. */
  Set<String> taken() {
    return taken;
  }
}
