package dev.paymeter.publisher;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;

/** What answers a publisher: as Paymeter does, or, for some messages, in a way of its own. */
final class FakePaymeter {
  /** Takes the rows, and its answer is lost. */
  static final BiConsumer<FakePaymeter, Message<JsonObject>> LOSE_THE_ANSWER =
      (paymeter, message) -> paymeter.take(message.body());

  static final BiConsumer<FakePaymeter, Message<JsonObject>> BE_SILENT = (paymeter, message) -> {};

  private final List<JsonObject> messages = new CopyOnWriteArrayList<>();
  private final Set<String> ids = ConcurrentHashMap.newKeySet();
  private final Queue<BiConsumer<FakePaymeter, Message<JsonObject>>> manners =
      new ConcurrentLinkedQueue<>();
  private final List<MessageConsumer<JsonObject>> consumers = new ArrayList<>();
  private volatile BiConsumer<FakePaymeter, Message<JsonObject>> usual =
      (paymeter, message) -> message.reply(paymeter.take(message.body()));

  static FakePaymeter start(Vertx vertx) {
    FakePaymeter paymeter = new FakePaymeter();
    for (String address : List.of("observations.v1", "payments.v1.record")) {
      paymeter.consumers.add(vertx.eventBus().consumer(address, paymeter::answer));
    }
    return paymeter;
  }

  /** Replies with something else. */
  static BiConsumer<FakePaymeter, Message<JsonObject>> say(Object reply) {
    return (paymeter, message) -> message.reply(reply);
  }

  /** How the next messages are treated, one each. */
  @SafeVarargs
  final FakePaymeter first(BiConsumer<FakePaymeter, Message<JsonObject>>... manners) {
    this.manners.addAll(Arrays.asList(manners));
    return this;
  }

  /** How all others are. */
  FakePaymeter always(BiConsumer<FakePaymeter, Message<JsonObject>> manner) {
    usual = manner;
    return this;
  }

  private void answer(Message<JsonObject> message) {
    messages.add(message.body());
    BiConsumer<FakePaymeter, Message<JsonObject>> manner = manners.poll();
    (manner == null ? usual : manner).accept(this, message);
  }

  /** Ids that begin with "wrong" are. */
  JsonObject take(JsonObject message) {
    JsonArray duplicates = new JsonArray();
    JsonArray rejected = new JsonArray();
    int accepted = 0;
    JsonArray names = message.getJsonObject("columns").getJsonArray("id");
    for (int row = 0; row < names.size(); row++) {
      if (names.getString(row).startsWith("wrong")) {
        rejected.add(
            new JsonObject()
                .put("row", row)
                .put("errors", new JsonArray().add(new JsonObject().put("field", "id"))));
      } else if (ids.add(message.getString("kind") + " " + names.getString(row))) {
        accepted++;
      } else {
        duplicates.add(row);
      }
    }
    return new JsonObject()
        .put("outcome", "taken")
        .put("accepted", accepted)
        .put("duplicates", duplicates)
        .put("rejected", rejected);
  }

  /** Every message that came, repetitions too. */
  List<JsonObject> messages() {
    return messages;
  }

  /** How many rows each of them had. */
  List<Integer> sizes() {
    return messages.stream()
        .map(message -> message.getJsonObject("columns").getJsonArray("id").size())
        .toList();
  }

  /** What was taken, each with its kind. */
  Set<String> ids() {
    return ids;
  }
}
