package dev.paymeter.bus;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.bus.InstanceQuery.InstanceState;
import dev.paymeter.support.payment.ManualClock;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Instances on one local bus. */
@ExtendWith(VertxExtension.class)
class InstanceQueryTest {
  private final ManualClock clock = new ManualClock();
  private volatile List<String> members = List.of("a", "b", "c");
  private Vertx vertx;
  private InstanceQuery query;

  @BeforeEach
  void start(Vertx vertx) {
    this.vertx = vertx;
    query = new InstanceQuery("a", () -> members, clock);
  }

  private void serve(String id, Future<JsonObject> state) {
    await(new InstanceQuery(id, List::of, Clock.systemUTC()).serve(vertx, () -> state));
  }

  private void serve(String id) {
    serve(id, Future.succeededFuture(new JsonObject().put("id", id)));
  }

  private List<InstanceState> ask() {
    clock.advance(InstanceQuery.MIN_INTERVAL);
    return await(query.ask(vertx));
  }

  @Test
  void ask_othersRespond_returnsTheirStatesInOrder() {
    serve("c");
    serve("b");

    assertThat(ask())
        .containsExactly(
            new InstanceState("b", new JsonObject().put("id", "b"), null),
            new InstanceState("c", new JsonObject().put("id", "c"), null));
  }

  @Test
  void ask_oneDoesNotRespond_isReportedSinceTheFirstTime() {
    members = List.of("a", "c");
    query = new InstanceQuery("a", () -> members, clock, Duration.ofMillis(50));
    serve("c", Promise.<JsonObject>promise().future());

    ask();
    Instant first = clock.instant();
    InstanceState silent = ask().get(0);

    assertThat(silent)
        .isEqualTo(new InstanceState("c", null, new InstanceQuery.Absence(first, false)));
  }

  @Test
  void ask_respondsAgain_isNotAbsent() {
    serve("b");
    assertThat(ask().get(1).state()).isNull();

    serve("c");

    assertThat(ask().get(1).since()).isNull();
  }

  @Test
  void ask_memberHasLeft_isReportedForAWhile() {
    serve("b");
    serve("c");
    ask();
    members = List.of("a", "b");

    InstanceState left = ask().get(1);

    assertThat(left)
        .isEqualTo(new InstanceState("c", null, new InstanceQuery.Absence(clock.instant(), true)));
    clock.advance(InstanceQuery.RETENTION);
    assertThat(ask()).hasSize(1);
  }

  @Test
  void ask_memberReturns_isNotReportedAsLeft() {
    serve("b");
    serve("c");
    ask();
    members = List.of("a");
    assertThat(ask()).hasSize(2);
    members = List.of("a", "b", "c");

    assertThat(ask()).hasSize(2).allSatisfy(each -> assertThat(each.since()).isNull());
  }

  @Test
  void ask_tooLongState_isNoResponse() {
    members = List.of("b");
    serve("b", Future.succeededFuture(new JsonObject().put("x", "x".repeat(40_000))));
    assertThat(ask().get(0).state()).isNull();

    members = List.of("c");
    vertx.eventBus().consumer(Addresses.INSTANCE_STATE + "c", m -> m.reply("x".repeat(40_000)));
    assertThat(ask().get(0).state()).isNull();
  }

  @Test
  void ask_manyTimesAtOnce_asksOnce() {
    AtomicInteger asked = new AtomicInteger();
    Promise<JsonObject> state = Promise.promise();
    members = List.of("a", "b");
    await(
        new InstanceQuery("b", List::of, Clock.systemUTC())
            .serve(
                vertx,
                () -> {
                  asked.incrementAndGet();
                  return state.future();
                }));

    Future<List<InstanceState>> first = query.ask(vertx);
    Future<List<InstanceState>> second = query.ask(vertx);
    state.complete(new JsonObject());
    await(first);
    await(query.ask(vertx)); // Within the interval.

    assertThat(second).isSameAs(first);
    assertThat(asked).hasValue(1);
    assertThat(ask()).hasSize(1);
    assertThat(asked).hasValue(2);
  }

  @Test
  void ask_moreMembersThanTheMaximum_asksTheFirst() {
    members = IntStream.range(0, 100).mapToObj(i -> "%03d".formatted(i)).toList();
    members.forEach(this::serve);

    assertThat(ask()).hasSize(InstanceQuery.MAX_INSTANCES);
  }
}
