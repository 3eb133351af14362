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
 * What answers a publisher: as Paymeter does, or in a way of its own. It knows rows by their ids,
 * operations by their numbers.
 */
final class FakePaymeter {
  /** How a message is treated. */
  interface Manner extends BiConsumer<FakePaymeter, Message<Object>> {}

  /** Takes the rows, and its answer is lost. */
  static final Manner LOSE_THE_ANSWER = (paymeter, message) -> paymeter.take(message);

  static final Manner BE_SILENT = (paymeter, message) -> {};
  static final Manner FAIL = (paymeter, message) -> message.fail(1, "internal error");
  static final Manner REFUSE_NUMBERS =
      sayJson(
          """
          {"outcome": "rejected",
           "errors": [{"field": "sequence", "expected": "a lower one", "actual": "more"}]}
          """);

  private final List<Object> bodies = new CopyOnWriteArrayList<>();
  private final Set<String> taken = ConcurrentHashMap.newKeySet();
  private final Queue<Manner> manners = new ConcurrentLinkedQueue<>();
  private final List<MessageConsumer<Object>> consumers;
  private volatile Manner usual = FakePaymeter::reply;

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

  /** Replies with something else. */
  static Manner say(Object reply) {
    return (paymeter, message) -> message.reply(reply);
  }

  /** The same with a JSON object. */
  static Manner sayJson(String reply) {
    return say(new JsonObject(reply));
  }

  /** How the next messages are treated, one each. */
  FakePaymeter first(Manner... manners) {
    this.manners.addAll(Arrays.asList(manners));
    return this;
  }

  /** How all others are. */
  FakePaymeter always(Manner manner) {
    usual = manner;
    return this;
  }

  private void answer(Message<Object> message) {
    bodies.add(message.body());
    Manner manner = manners.poll();
    (manner == null ? usual : manner).accept(this, message);
  }

  /** As Paymeter does. */
  void reply(Message<Object> message) {
    message.reply(take(message));
  }

  /**
   * Gives what Paymeter would reply. Rows whose id, or whose operation, begins with "wrong" are.
   * Whatever has no rows is accepted.
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

  /** Every message that came, as it was, repetitions too. */
  List<Object> bodies() {
    return bodies;
  }

  List<JsonObject> messages() {
    return bodies.stream().map(FakePaymeter::json).toList();
  }

  /** How many rows each message had; none is of operations. */
  List<Integer> sizes() {
    return messages().stream()
        .map(message -> message.getJsonObject("columns").getJsonArray("id").size())
        .toList();
  }

  /** Where each message begins. */
  List<Long> sequences() {
    return messages().stream().map(message -> message.getLong("sequence")).toList();
  }

  /** Of each message. */
  List<String> sessions() {
    return messages().stream().map(message -> message.getString("session")).toList();
  }

  /** Each row that was taken: its kind and its id, or its session and its number. */
  Set<String> taken() {
    return taken;
  }
}
