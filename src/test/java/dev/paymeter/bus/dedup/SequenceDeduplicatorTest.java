package dev.paymeter.bus.dedup;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.list;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.paymeter.bus.report.OperationIngestor;
import dev.paymeter.bus.report.OperationReport;
import dev.paymeter.payment.RequestRefusedException;
import dev.paymeter.payment.RequestRefusedException.Fault;
import dev.paymeter.report.OperationRows;
import dev.paymeter.support.payment.CountingReportMetrics;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.ManualScheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.AsyncMap;
import io.vertx.junit5.VertxExtension;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class SequenceDeduplicatorTest {
  private static final String SESSION = "orders/1";

  private final ManualClock clock = new ManualClock();
  private Vertx vertx;
  private AsyncMap<String, String> map;

  @BeforeEach
  void makeMap(Vertx vertx) {
    this.vertx = vertx;
    map = await(vertx.sharedData().getLocalAsyncMap("sequences"));
  }

  private SequenceDeduplicator claims(AsyncMap<String, String> map) {
    return new SequenceDeduplicator(vertx, map, clock);
  }

  @Test
  void claim_sameRowsOfTwoInstances_areTakenOnce() {
    SequenceDeduplicator one = claims(map);
    SequenceDeduplicator other = claims(map);

    assertThat(await(one.claim(SESSION, 0, 10)).ranges()).containsExactly(0, 10);
    assertThat(await(other.claim(SESSION, 5, 10)).ranges()).containsExactly(5, 10);
    assertThat(await(one.claim(SESSION, 0, 20)).ranges()).containsExactly(15, 20);
  }

  @Test
  void claim_otherSession_isAnothers() {
    SequenceDeduplicator sequenceDeduplicator = claims(map);

    assertThat(await(sequenceDeduplicator.claim(SESSION, 0, 10)).rows()).isEqualTo(10);
    assertThat(await(sequenceDeduplicator.claim("orders/2", 0, 10)).rows()).isEqualTo(10);
  }

  /** Broken once: a change that lost against another's was taken for made. */
  @Test
  void claim_manyAtOnceByThreeInstances_eachRowIsTakenOnce() {
    int batches = 600;
    List<SequenceDeduplicator> instances = List.of(claims(map), claims(map), claims(map));
    Random random = new Random(1);
    List<long[]> firsts = new ArrayList<>();
    List<Future<SequenceRanges.Taken>> taken = new ArrayList<>();
    for (int i = 0; i < batches; i++) {
      long first = random.nextInt(400) * 5L;
      firsts.add(new long[] {first});
      taken.add(instances.get(random.nextInt(3)).claim(SESSION, first, 10));
    }

    BitSet once = new BitSet();
    for (int i = 0; i < batches; i++) {
      take(once, firsts.get(i)[0], await(taken.get(i)));
    }

    SequenceRanges.Taken rest = await(instances.get(0).claim(SESSION, 0, 2010));
    take(once, 0, rest);
    assertThat(once.cardinality()).isEqualTo(2010);
  }

  private static void take(BitSet once, long first, SequenceRanges.Taken taken) {
    int[] ranges = taken.ranges();
    for (int i = 0; i < ranges.length; i += 2) {
      for (int row = ranges[i]; row < ranges[i + 1]; row++) {
        int number = (int) first + row;
        assertThat(once.get(number)).as("taken before: %s", number).isFalse();
        once.set(number);
      }
    }
  }

  /** A map whose calls go another way. */
  @SuppressWarnings("unchecked")
  private AsyncMap<String, String> map(
      String method, Function<Supplier<Future<?>>, Future<?>> way) {
    return (AsyncMap<String, String>)
        Proxy.newProxyInstance(
            AsyncMap.class.getClassLoader(),
            new Class<?>[] {AsyncMap.class},
            (proxy, called, arguments) -> {
              Supplier<Future<?>> call = () -> call(called, arguments);
              return called.getName().equals(method) ? way.apply(call) : call.get();
            });
  }

  private Future<?> call(Method called, Object... arguments) {
    try {
      return (Future<?>) called.invoke(map, arguments);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  /** Broken once: a change whose answer was lost was taken for one that was not made. */
  @Test
  void claim_answerIsLost_isFoundToBeMade() {
    AtomicInteger lost = new AtomicInteger();
    SequenceDeduplicator sequenceDeduplicator =
        claims(
            map(
                "replaceIfPresent",
                change ->
                    change
                        .get()
                        .compose(
                            made -> {
                              lost.incrementAndGet();
                              return Future.failedFuture("the member is gone");
                            })));
    await(sequenceDeduplicator.claim(SESSION, 0, 10));

    assertThat(await(sequenceDeduplicator.claim(SESSION, 10, 10)).rows()).isEqualTo(10);
    assertThat(lost).hasValue(1);
  }

  @Test
  void claim_mapIsAway_isUnavailable_andNothingIsTaken() {
    SequenceDeduplicator sequenceDeduplicator =
        claims(map("get", call -> Future.failedFuture("no member has it")));

    assertThatThrownBy(() -> await(sequenceDeduplicator.claim(SESSION, 0, 10)))
        .isInstanceOf(SequenceDeduplicator.UnavailableException.class);

    assertThat(await(claims(map).claim(SESSION, 0, 10)).rows()).isEqualTo(10);
  }

  @Test
  void claim_otherIsAlwaysFaster_isUnavailable() {
    await(claims(map).claim(SESSION, 0, 1));
    SequenceDeduplicator sequenceDeduplicator =
        claims(map("replaceIfPresent", call -> Future.succeededFuture(false)));

    assertThatThrownBy(() -> await(sequenceDeduplicator.claim(SESSION, 1, 1)))
        .isInstanceOf(SequenceDeduplicator.UnavailableException.class);
  }

  /** Members that held it died. What this instance saw last is better than nothing. */
  @Test
  void claim_mapHasLostIt_goesOnFromWhatWasSeenLast() {
    SequenceDeduplicator sequenceDeduplicator = claims(map);
    await(sequenceDeduplicator.claim(SESSION, 0, 10));
    await(map.clear());

    SequenceRanges.Taken taken = await(sequenceDeduplicator.claim(SESSION, 5, 10));

    assertThat(taken.ranges()).containsExactly(5, 10);
    assertThat(taken.missing()).isZero();
  }

  /**
   * The cluster was split, and is one again: of the two parts' entries the other one stayed. Broken
   * once: it was believed alone, and what this instance had taken and counted was taken again.
   */
  @Test
  void claim_mapGoesOnWithAnOlderEntry_whatWasTakenStaysTaken() {
    SequenceDeduplicator sequenceDeduplicator = claims(map);
    await(sequenceDeduplicator.claim(SESSION, 0, 10));
    String atTheSplit = await(map.get(SESSION));
    await(sequenceDeduplicator.claim(SESSION, 10, 10));
    await(map.put(SESSION, atTheSplit));
    await(claims(map).claim(SESSION, 25, 10));

    assertThat(await(sequenceDeduplicator.claim(SESSION, 5, 35)).ranges())
        .containsExactly(15, 20, 30, 35);
    assertThat(await(claims(map).claim(SESSION, 0, 40)).rows()).isZero();
  }

  @Test
  void claim_somethingElseStandsThere_beginsAnew() {
    await(map.put(SESSION, "not ours"));

    assertThat(await(claims(map).claim(SESSION, 0, 10)).rows()).isEqualTo(10);
  }

  @Test
  void claim_farTooFarAhead_isRefused_andOthersAreNot() {
    SequenceDeduplicator sequenceDeduplicator = claims(map);
    await(sequenceDeduplicator.claim(SESSION, 0, 10));

    assertThatThrownBy(
            () ->
                await(
                    sequenceDeduplicator.claim(
                        SESSION, SequenceDeduplicator.MOST_MISSING + 11, 10)))
        .isInstanceOf(SequenceDeduplicator.TooFarException.class);

    assertThat(
            await(sequenceDeduplicator.claim(SESSION, SequenceDeduplicator.MOST_MISSING + 10, 10))
                .missing())
        .isEqualTo(SequenceDeduplicator.MOST_MISSING);
  }

  /**
   * All instances were restarted, and the publisher was not. Broken once: all that came before was
   * missing, and beyond a thousand million every batch was refused for ever.
   */
  @Test
  void claim_unknownSession_beginsWithTheFirstThatComes() {
    SequenceDeduplicator sequenceDeduplicator = claims(map);
    long first = 5 * SequenceDeduplicator.MOST_MISSING;

    SequenceRanges.Taken begun = await(sequenceDeduplicator.claim(SESSION, first, 10));
    SequenceRanges.Taken overtaken = await(claims(map).claim(SESSION, first - 10, 10));

    assertThat(begun.rows()).isEqualTo(10);
    assertThat(begun.missing()).isZero();
    assertThat(overtaken.rows()).isEqualTo(10);
    assertThat(overtaken.late()).isZero();
    assertThat(await(sequenceDeduplicator.claim(SESSION, first - 10, 20)).rows()).isZero();
    assertThat(await(sequenceDeduplicator.claim(SESSION, first + 15, 10)).missing()).isEqualTo(5);
  }

  private void fillMap() {
    String entry =
        new SequenceEntry(SequenceRanges.START, "x:1", clock.instant().getEpochSecond()).write();
    for (int i = 1; i < SequenceStore.MOST_SESSIONS; i++) {
      await(map.put("made-up/" + i, entry));
    }
  }

  /**
   * Broken once: whoever made up sessions kept new ones out for six hours; and each new session
   * asked all members how many there are.
   */
  @Test
  void claim_newSessionWhereThereAreTooMany_isUnavailable_untilOthersAreSilent() {
    SequenceDeduplicator sequenceDeduplicator =
        claims(map("size", call -> Future.failedFuture(new AssertionError("asks all members"))));
    fillMap();
    await(sequenceDeduplicator.sweep());
    await(sequenceDeduplicator.claim(SESSION, 0, 10));

    assertThatThrownBy(() -> await(sequenceDeduplicator.claim("orders/2", 0, 10)))
        .isInstanceOf(SequenceDeduplicator.UnavailableException.class);
    assertThat(await(map.size())).isEqualTo(SequenceStore.MOST_SESSIONS);

    clock.move(SequenceStore.LONGEST_SILENCE_WHEN_FULL.plusSeconds(1));
    assertThat(await(sequenceDeduplicator.claim(SESSION, 10, 10)).rows()).isEqualTo(10);
    assertThat(await(sequenceDeduplicator.claim("orders/2", 0, 10)).rows()).isEqualTo(10);
    assertThat(await(map.keys())).containsExactlyInAnyOrder(SESSION, "orders/2");
  }

  @Test
  void claim_newSessionWhereThereAreTooMany_looksForRoomNowAndThenOnly() {
    AtomicInteger looks = new AtomicInteger();
    SequenceDeduplicator sequenceDeduplicator =
        claims(
            map(
                "entries",
                call -> {
                  looks.incrementAndGet();
                  return call.get();
                }));
    fillMap();
    await(map.put(SESSION, await(map.get("made-up/1"))));
    await(sequenceDeduplicator.sweep());

    for (int i = 0; i < 5; i++) {
      assertThatThrownBy(() -> await(sequenceDeduplicator.claim("orders/2", 0, 10)))
          .isInstanceOf(SequenceDeduplicator.UnavailableException.class);
    }
    assertThat(looks).hasValue(2);

    clock.move(SequenceStore.ROOM_INTERVAL);
    assertThatThrownBy(() -> await(sequenceDeduplicator.claim("orders/2", 0, 10)))
        .isInstanceOf(SequenceDeduplicator.UnavailableException.class);
    assertThat(looks).hasValue(3);
  }

  /** Broken once: claims that were refused for their number went on being counted as waiting. */
  @Test
  void claim_tooManyAtATime_isUnavailable_untilSomeAreMade() {
    Promise<Void> answers = Promise.promise();
    SequenceDeduplicator sequenceDeduplicator =
        claims(map("get", call -> answers.future().compose(now -> call.get())));
    List<Future<SequenceRanges.Taken>> waiting = new ArrayList<>();
    for (int i = 0; i < SequenceDeduplicator.MOST_WAITING; i++) {
      waiting.add(sequenceDeduplicator.claim(SESSION, i, 1));
    }

    for (int i = 0; i < SequenceDeduplicator.MOST_WAITING; i++) {
      assertThatThrownBy(() -> await(sequenceDeduplicator.claim(SESSION, 5000, 1)))
          .isInstanceOf(SequenceDeduplicator.OverloadedException.class);
    }

    answers.complete();
    waiting.forEach(one -> assertThat(await(one).rows()).isEqualTo(1));
    assertThat(
            await(sequenceDeduplicator.claim(SESSION, SequenceDeduplicator.MOST_WAITING, 1))
                .missing())
        .isZero();
  }

  /** Broken once: batches were bounded, and rows were not: they took 190 MB. */
  @Test
  void claim_tooManyRowsAtATime_isOverloaded_untilSomeAreMade() {
    Promise<Void> answers = Promise.promise();
    SequenceDeduplicator sequenceDeduplicator =
        claims(map("get", call -> answers.future().compose(now -> call.get())));
    int most = SequenceDeduplicator.MOST_WAITING_ROWS;
    Future<SequenceRanges.Taken> waiting = sequenceDeduplicator.claim(SESSION, 0, most - 10);

    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> await(sequenceDeduplicator.claim(SESSION, most - 10, 11)))
          .isInstanceOf(SequenceDeduplicator.OverloadedException.class);
    }
    Future<SequenceRanges.Taken> last = sequenceDeduplicator.claim(SESSION, most - 10, 10);

    answers.complete();
    assertThat(await(waiting).rows()).isEqualTo(most - 10);
    assertThat(await(last).rows()).isEqualTo(10);
    assertThat(await(sequenceDeduplicator.claim(SESSION, most, most)).rows()).isEqualTo(most);
  }

  @Test
  void take_noRoom_isOverloaded() {
    SequenceDeduplicator sequenceDeduplicator =
        claims(map("get", call -> Promise.<Object>promise().future()));
    sequenceDeduplicator.claim(SESSION, 0, SequenceDeduplicator.MOST_WAITING_ROWS);

    assertThat(
            await(
                    new OperationIngestor(sequenceDeduplicator, new CountingReportMetrics(), 5000)
                        .take(fiveRows(0)))
                .getString("outcome"))
        .isEqualTo("overloaded");
  }

  /**
   * The publisher is told to try again, and what was taken after all is counted once. Broken once:
   * the rows of a claim that nobody waited for any more were taken and not counted.
   */
  @Test
  void take_claimTakesLong_isUnavailable_andCountedWhenItComes() {
    Promise<Void> answers = Promise.promise();
    CountingReportMetrics counts = new CountingReportMetrics();
    OperationIngestor intake =
        new OperationIngestor(
            claims(map("get", call -> answers.future().compose(now -> call.get()))), counts, 1);
    OperationReport batch = fiveRows(0);

    assertThat(await(intake.take(batch)).getString("outcome")).isEqualTo("unavailable");
    assertThat(counts.told()).isEmpty();
    Future<Void> drained =
        intake.drained(
            ManualScheduler.by(by -> vertx.timer(by.toMillis(), TimeUnit.MILLISECONDS).mapEmpty()));
    assertThat(drained.isComplete()).isFalse();

    answers.complete();
    await(drained);

    assertThat(counts.told()).containsExactly("operations 5");
    OperationIngestor patient = new OperationIngestor(claims(map), counts, 5000);
    assertThat(await(patient.take(batch)).getJsonArray("duplicates")).hasSize(5);
  }

  private static OperationReport fiveRows(long first) {
    OperationRows rows =
        new OperationRows(List.of("db_query"), new int[5], new boolean[5], new long[5]);
    return new OperationReport(SESSION, first, rows, new TreeMap<>(), false);
  }

  @Test
  void take_farTooFarAhead_isRefused_andTheNumberIsNamed() {
    CountingReportMetrics counts = new CountingReportMetrics();
    OperationIngestor intake = new OperationIngestor(claims(map), counts, 5000);
    await(intake.take(fiveRows(0)));

    assertThatThrownBy(() -> await(intake.take(fiveRows(1_000_000_006))))
        .asInstanceOf(type(RequestRefusedException.class))
        .extracting(RequestRefusedException::faults, list(Fault.class))
        .containsExactly(
            new Fault(
                "sequence", "at most 1000000000 beyond what was reported before", "1000000006"));
    assertThat(counts.told()).containsExactly("operations 5", "refused OPERATION 1");
  }

  @Test
  void sweep_silentForTooLong_isForgotten_andOthersAreNot() {
    SequenceDeduplicator sequenceDeduplicator = claims(map);
    await(sequenceDeduplicator.claim("silent/1", 0, 10));
    await(map.put("junk/1", "not ours"));
    clock.move(SequenceStore.LONGEST_SILENCE);
    await(sequenceDeduplicator.claim(SESSION, 0, 10));
    clock.move(Duration.ofSeconds(1));

    await(sequenceDeduplicator.sweep());

    assertThat(await(map.keys())).containsExactly(SESSION);
    assertThat(await(sequenceDeduplicator.claim(SESSION, 0, 10)).rows()).isZero();
    assertThat(await(sequenceDeduplicator.claim("silent/1", 0, 10)).rows()).isEqualTo(10);
  }
}
