package dev.paymeter.bus;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.bus.InstanceQuery.Absence;
import dev.paymeter.bus.InstanceQuery.Reason;
import dev.paymeter.bus.InstanceQuery.Result;
import dev.paymeter.support.payment.ManualClock;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.math.BigDecimal;
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
    query = query("a", InstanceQuery.TIMEOUT);
  }

  private InstanceQuery query(String id, Duration timeout) {
    return new InstanceQuery(id, () -> members, clock, clock, timeout);
  }

  private void serve(String id, Future<InstanceState> state) {
    await(query(id, InstanceQuery.TIMEOUT).serve(vertx, () -> state));
  }

  private void serve(String id) {
    serve(id, Future.succeededFuture(state(id)));
  }

  private static InstanceState state(String id) {
    return new InstanceState(null, id.length(), new BigDecimal("1000.50"), point(id));
  }

  private static JsonObject point(String id) {
    return new JsonObject().put("id", id);
  }

  private List<Result> ask() {
    clock.advance(InstanceQuery.MIN_INTERVAL);
    return await(query.ask(vertx));
  }

  @Test
  void ask_othersRespond_returnsTheirStatesInOrder() {
    serve("c");
    serve("b");

    assertThat(ask())
        .containsExactly(new Result("b", state("b"), null), new Result("c", state("c"), null));
  }

  @Test
  void ask_oneDoesNotRespond_isReportedSinceTheFirstTime() {
    members = List.of("a", "c");
    query = query("a", Duration.ofMillis(50));
    serve("c", Promise.<InstanceState>promise().future());

    ask();
    Instant first = clock.instant();
    Result silent = ask().get(0);

    assertThat(silent).isEqualTo(new Result("c", null, new Absence(first, Reason.NO_RESPONSE)));
  }

  /** Regression: the time began anew whenever it was as old as instances that have left. */
  @Test
  void ask_noneForLong_isReportedSinceTheFirstTime() {
    members = List.of("a", "c");
    ask();
    Instant first = clock.instant();

    for (int i = 0; i < 3; i++) {
      clock.advance(InstanceQuery.RETENTION);
      assertThat(ask()).containsExactly(new Result("c", null, new Absence(first, Reason.NO_STATE)));
    }
  }

  @Test
  void ask_respondsAgain_isNotAbsent() {
    serve("b");
    assertThat(ask().get(1).state()).isNull();

    serve("c");

    assertThat(ask().get(1).absence()).isNull();
  }

  @Test
  void ask_memberHasLeft_isReportedForAWhile() {
    serve("b");
    serve("c");
    ask();
    members = List.of("a", "b");

    Result left = ask().get(1);

    assertThat(left).isEqualTo(new Result("c", null, new Absence(clock.instant(), Reason.LEFT)));
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

    assertThat(ask()).hasSize(2).allSatisfy(each -> assertThat(each.absence()).isNull());
  }

  @Test
  void ask_tooLongState_isNoResponse() {
    members = List.of("b");
    serve("b", Future.succeededFuture(state("x".repeat(40_000))));
    assertThat(ask().get(0).state()).isNull();

    members = List.of("c");
    String text = state("x".repeat(40_000)).toJson().encode();
    vertx.eventBus().consumer(Addresses.INSTANCE_STATE + "c", request -> request.reply(text));
    assertThat(ask().get(0).state()).isNull();
  }

  @Test
  void ask_manyTimesAtOnce_asksOnce() {
    AtomicInteger asked = new AtomicInteger();
    Promise<InstanceState> state = Promise.promise();
    members = List.of("a", "b");
    await(
        query("b", InstanceQuery.TIMEOUT)
            .serve(
                vertx,
                () -> {
                  asked.incrementAndGet();
                  return state.future();
                }));

    Future<List<Result>> first = query.ask(vertx);
    Future<List<Result>> second = query.ask(vertx);
    state.complete(state("b"));
    await(first);
    await(query.ask(vertx)); // Within the interval.

    assertThat(second).isSameAs(first);
    assertThat(asked).hasValue(1);
    assertThat(ask()).hasSize(1);
    assertThat(asked).hasValue(2);
  }

  /** Regression: the result was returned until the clock showed the same time again. */
  @Test
  void ask_clockIsSetBack_asksAgain() {
    serve("b");
    serve("c");
    ask();
    members = List.of("a", "b");
    clock.setWallClock(clock.instant().minus(Duration.ofHours(1)));

    assertThat(ask().get(1).absence()).isEqualTo(new Absence(clock.instant(), Reason.LEFT));
  }

  @Test
  void ask_memberBeyondTheMaximum_hasNotLeft() {
    members = IntStream.range(1, 33).mapToObj(i -> "%03d".formatted(i)).toList();
    members.forEach(this::serve);
    ask();
    serve("000");
    members = IntStream.range(0, 33).mapToObj(i -> "%03d".formatted(i)).toList();

    assertThat(ask())
        .hasSize(InstanceQuery.MAX_INSTANCES)
        .allSatisfy(each -> assertThat(each.absence()).isNull());
  }

  @Test
  void ask_moreMembersThanTheMaximum_asksTheFirst() {
    members = IntStream.range(0, 100).mapToObj(i -> "%03d".formatted(i)).toList();
    members.forEach(this::serve);

    assertThat(ask()).hasSize(InstanceQuery.MAX_INSTANCES);
  }
}
