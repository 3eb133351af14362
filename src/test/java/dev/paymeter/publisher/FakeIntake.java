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

/** What takes operations by their numbers: as Paymeter does, or in a way of its own. */
final class FakeIntake {
  /** How a message is treated. */
  interface Manner extends BiConsumer<FakeIntake, Message<Object>> {}

  /** Takes the rows, and its answer is lost. */
  static final Manner LOSE_THE_ANSWER = (intake, message) -> intake.take(json(message));

  static final Manner BE_SILENT = (intake, message) -> {};
  static final Manner FAIL = (intake, message) -> message.fail(1, "internal error");
  static final Manner REFUSE_NUMBERS =
      say(
          """
          {"outcome": "rejected",
           "errors": [{"field": "sequence", "wanted": "a lower one", "found": "more"}]}
          """);

  private final List<Object> bodies = new CopyOnWriteArrayList<>();
  private final Set<String> taken = ConcurrentHashMap.newKeySet();
  private final Queue<Manner> manners = new ConcurrentLinkedQueue<>();
  private final MessageConsumer<Object> consumer;
  private volatile Manner usual =
      (intake, message) -> message.reply(intake.take(FakeIntake.json(message)));

  private FakeIntake(Vertx vertx) {
    consumer = vertx.eventBus().consumer("observations.v1", this::answer);
  }

  static FakeIntake start(Vertx vertx) {
    return new FakeIntake(vertx);
  }

  Future<Void> stop() {
    return consumer.unregister();
  }

  /** Replies with a JSON object. */
  static Manner say(String reply) {
    return (intake, message) -> message.reply(new JsonObject(reply));
  }

  /** How the next messages are treated, one each. */
  FakeIntake first(Manner... manners) {
    this.manners.addAll(Arrays.asList(manners));
    return this;
  }

  /** How all others are. */
  FakeIntake always(Manner manner) {
    usual = manner;
    return this;
  }

  private void answer(Message<Object> message) {
    bodies.add(message.body());
    Manner manner = manners.poll();
    (manner == null ? usual : manner).accept(this, message);
  }

  static JsonObject json(Message<Object> message) {
    return json(message.body());
  }

  private static JsonObject json(Object body) {
    return body instanceof Buffer text ? new JsonObject(text) : (JsonObject) body;
  }

  /** Operations that begin with "wrong" are. Whatever has no numbers is accepted. */
  JsonObject take(JsonObject message) {
    if (!message.containsKey("sequence")) {
      return new JsonObject().put("outcome", "accepted");
    }
    JsonArray duplicates = new JsonArray();
    JsonArray rejected = new JsonArray();
    int accepted = 0;
    JsonArray names = message.getJsonObject("columns").getJsonArray("operation");
    for (int row = 0; row < names.size(); row++) {
      if (names.getString(row).startsWith("wrong")) {
        rejected.add(new JsonObject().put("row", row).put("errors", new JsonArray().add(row)));
      } else if (taken.add(
          message.getString("session") + '/' + (message.getLong("sequence") + row))) {
        accepted++;
      } else {
        duplicates.add(row);
      }
    }
    return new JsonObject()
        .put("outcome", "taken")
        .put("accepted", accepted)
        .put("dropped", 0)
        .put("duplicates", duplicates)
        .put("rejected", rejected);
  }

  /** Every message that came, as it was, repetitions too. */
  List<Object> bodies() {
    return bodies;
  }

  List<JsonObject> messages() {
    return bodies.stream().map(FakeIntake::json).toList();
  }

  /** Where each message begins. */
  List<Long> sequences() {
    return messages().stream().map(message -> message.getLong("sequence")).toList();
  }

  /** Of each message. */
  List<String> sessions() {
    return messages().stream().map(message -> message.getString("session")).toList();
  }

  /** Session and number of each row that was taken. */
  Set<String> taken() {
    return taken;
  }
}
