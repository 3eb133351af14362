package dev.paymeter.bus.dedup;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.list;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.paymeter.bus.report.OperationIngestor;
import dev.paymeter.bus.report.OperationReport;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.report.OperationRows;
import dev.paymeter.support.payment.ManualClock;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.RecordingReportMetrics;
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
  void createMap(Vertx vertx) {
    this.vertx = vertx;
    map = await(vertx.sharedData().getLocalAsyncMap("sequences"));
  }

  private SequenceDeduplicator deduplicator(AsyncMap<String, String> map) {
    return new SequenceDeduplicator(vertx, map, clock);
  }

  @Test
  void claim_sameRowsOnTwoInstances_areAcceptedOnce() {
    SequenceDeduplicator one = deduplicator(map);
    SequenceDeduplicator other = deduplicator(map);

    assertThat(await(one.claim(SESSION, 0, 10)).ranges()).containsExactly(0, 10);
    assertThat(await(other.claim(SESSION, 5, 10)).ranges()).containsExactly(5, 10);
    assertThat(await(one.claim(SESSION, 0, 20)).ranges()).containsExactly(15, 20);
  }

  @Test
  void claim_otherSession_isIndependent() {
    SequenceDeduplicator sequenceDeduplicator = deduplicator(map);

    assertThat(await(sequenceDeduplicator.claim(SESSION, 0, 10)).rows()).isEqualTo(10);
    assertThat(await(sequenceDeduplicator.claim("orders/2", 0, 10)).rows()).isEqualTo(10);
  }

  /** Regression: a change that lost the compare-and-set counted as made. */
  @Test
  void claim_concurrentlyOnThreeInstances_eachRowIsAcceptedOnce() {
    int batches = 600;
    List<SequenceDeduplicator> instances =
        List.of(deduplicator(map), deduplicator(map), deduplicator(map));
    Random random = new Random(1);
    List<long[]> firsts = new ArrayList<>();
    List<Future<SequenceRanges.ClaimResult>> taken = new ArrayList<>();
    for (int i = 0; i < batches; i++) {
      long first = random.nextInt(400) * 5L;
      firsts.add(new long[] {first});
      taken.add(instances.get(random.nextInt(3)).claim(SESSION, first, 10));
    }

    BitSet once = new BitSet();
    for (int i = 0; i < batches; i++) {
      take(once, firsts.get(i)[0], await(taken.get(i)));
    }

    SequenceRanges.ClaimResult rest = await(instances.get(0).claim(SESSION, 0, 2010));
    take(once, 0, rest);
    assertThat(once.cardinality()).isEqualTo(2010);
  }

  private static void take(BitSet once, long first, SequenceRanges.ClaimResult claimResult) {
    int[] ranges = claimResult.ranges();
    for (int i = 0; i < ranges.length; i += 2) {
      for (int row = ranges[i]; row < ranges[i + 1]; row++) {
        int number = (int) first + row;
        assertThat(once.get(number)).as("accepted before: %s", number).isFalse();
        once.set(number);
      }
    }
  }

  /** Returns the map with calls of a method intercepted. */
  @SuppressWarnings("unchecked")
  private AsyncMap<String, String> map(
      String method, Function<Supplier<Future<?>>, Future<?>> interceptor) {
    return (AsyncMap<String, String>)
        Proxy.newProxyInstance(
            AsyncMap.class.getClassLoader(),
            new Class<?>[] {AsyncMap.class},
            (proxy, called, arguments) -> {
              Supplier<Future<?>> call = () -> call(called, arguments);
              return called.getName().equals(method) ? interceptor.apply(call) : call.get();
            });
  }

  private Future<?> call(Method called, Object... arguments) {
    try {
      return (Future<?>) called.invoke(map, arguments);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  /** Regression: a change with a lost reply counted as not made. */
  @Test
  void claim_lostReply_findsTheChange() {
    AtomicInteger lost = new AtomicInteger();
    SequenceDeduplicator sequenceDeduplicator =
        deduplicator(
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
  void claim_mapUnavailable_failsAndAcceptsNothing() {
    SequenceDeduplicator sequenceDeduplicator =
        deduplicator(map("get", call -> Future.failedFuture("no member has it")));

    assertThatThrownBy(() -> await(sequenceDeduplicator.claim(SESSION, 0, 10)))
        .isInstanceOf(SequenceDeduplicator.UnavailableException.class);

    assertThat(await(deduplicator(map).claim(SESSION, 0, 10)).rows()).isEqualTo(10);
  }

  @Test
  void claim_otherInstanceAlwaysFaster_isUnavailable() {
    await(deduplicator(map).claim(SESSION, 0, 1));
    SequenceDeduplicator sequenceDeduplicator =
        deduplicator(map("replaceIfPresent", call -> Future.succeededFuture(false)));

    assertThatThrownBy(() -> await(sequenceDeduplicator.claim(SESSION, 1, 1)))
        .isInstanceOf(SequenceDeduplicator.UnavailableException.class);
  }

  /** The members that held the entry crashed; this instance restores what it read last. */
  @Test
  void claim_mapLostTheEntry_continuesFromTheLastKnown() {
    SequenceDeduplicator sequenceDeduplicator = deduplicator(map);
    await(sequenceDeduplicator.claim(SESSION, 0, 10));
    await(map.clear());

    SequenceRanges.ClaimResult claimResult = await(sequenceDeduplicator.claim(SESSION, 5, 10));

    assertThat(claimResult.ranges()).containsExactly(5, 10);
    assertThat(claimResult.missing()).isZero();
  }

  /**
   * A split cluster has merged, and the entry of the other part was kept. Regression: rows that
   * this instance had accepted and counted were accepted again.
   */
  @Test
  void claim_mapHasAnOlderEntry_acceptedRowsStayAccepted() {
    SequenceDeduplicator sequenceDeduplicator = deduplicator(map);
    await(sequenceDeduplicator.claim(SESSION, 0, 10));
    String atTheSplit = await(map.get(SESSION));
    await(sequenceDeduplicator.claim(SESSION, 10, 10));
    await(map.put(SESSION, atTheSplit));
    await(deduplicator(map).claim(SESSION, 25, 10));

    assertThat(await(sequenceDeduplicator.claim(SESSION, 5, 35)).ranges())
        .containsExactly(15, 20, 30, 35);
    assertThat(await(deduplicator(map).claim(SESSION, 0, 40)).rows()).isZero();
  }

  @Test
  void claim_invalidEntry_startsTheSessionAnew() {
    await(map.put(SESSION, "invalid"));

    assertThat(await(deduplicator(map).claim(SESSION, 0, 10)).rows()).isEqualTo(10);
  }

  @Test
  void claim_gapTooLarge_isRejectedAndOthersAreNot() {
    SequenceDeduplicator sequenceDeduplicator = deduplicator(map);
    await(sequenceDeduplicator.claim(SESSION, 0, 10));

    assertThatThrownBy(
            () ->
                await(
                    sequenceDeduplicator.claim(SESSION, SequenceDeduplicator.MAX_MISSING + 11, 10)))
        .isInstanceOf(SequenceDeduplicator.GapTooLargeException.class);

    assertThat(
            await(sequenceDeduplicator.claim(SESSION, SequenceDeduplicator.MAX_MISSING + 10, 10))
                .missing())
        .isEqualTo(SequenceDeduplicator.MAX_MISSING);
  }

  /**
   * All instances were restarted, the publisher was not. Regression: all earlier rows counted as
   * missing, and beyond the maximum gap every batch was rejected.
   */
  @Test
  void claim_unknownSession_beginsWithTheFirstRow() {
    SequenceDeduplicator sequenceDeduplicator = deduplicator(map);
    long first = 5 * SequenceDeduplicator.MAX_MISSING;

    SequenceRanges.ClaimResult begun = await(sequenceDeduplicator.claim(SESSION, first, 10));
    SequenceRanges.ClaimResult overtaken = await(deduplicator(map).claim(SESSION, first - 10, 10));

    assertThat(begun.rows()).isEqualTo(10);
    assertThat(begun.missing()).isZero();
    assertThat(overtaken.rows()).isEqualTo(10);
    assertThat(overtaken.late()).isZero();
    assertThat(await(sequenceDeduplicator.claim(SESSION, first - 10, 20)).rows()).isZero();
    assertThat(await(sequenceDeduplicator.claim(SESSION, first + 15, 10)).missing()).isEqualTo(5);
  }

  private void fillMap() {
    String entry =
        new SequenceEntry(
                new SequenceRanges(0, 0, List.of()), "x:1", clock.instant().getEpochSecond())
            .write();
    for (int i = 1; i < SequenceStore.MAX_SESSIONS; i++) {
      await(map.put("made-up/" + i, entry));
    }
  }

  /**
   * Regression: invented sessions blocked new ones for six hours, and each new session queried all
   * members for the size.
   */
  @Test
  void claim_newSessionAtTheMaximum_isUnavailableUntilOthersAreIdle() {
    SequenceDeduplicator sequenceDeduplicator =
        deduplicator(
            map("size", call -> Future.failedFuture(new AssertionError("queries all members"))));
    fillMap();
    await(sequenceDeduplicator.sweep());
    await(sequenceDeduplicator.claim(SESSION, 0, 10));

    assertThatThrownBy(() -> await(sequenceDeduplicator.claim("orders/2", 0, 10)))
        .isInstanceOf(SequenceDeduplicator.UnavailableException.class);
    assertThat(await(map.size())).isEqualTo(SequenceStore.MAX_SESSIONS);

    clock.advance(SequenceStore.MAX_IDLE_WHEN_FULL.plusSeconds(1));
    assertThat(await(sequenceDeduplicator.claim(SESSION, 10, 10)).rows()).isEqualTo(10);
    assertThat(await(sequenceDeduplicator.claim("orders/2", 0, 10)).rows()).isEqualTo(10);
    assertThat(await(map.keys())).containsExactlyInAnyOrder(SESSION, "orders/2");
  }

  @Test
  void claim_newSessionsAtTheMaximum_evictAtIntervals() {
    AtomicInteger evictions = new AtomicInteger();
    SequenceDeduplicator sequenceDeduplicator =
        deduplicator(
            map(
                "entries",
                call -> {
                  evictions.incrementAndGet();
                  return call.get();
                }));
    fillMap();
    await(map.put(SESSION, await(map.get("made-up/1"))));
    await(sequenceDeduplicator.sweep());

    for (int i = 0; i < 5; i++) {
      assertThatThrownBy(() -> await(sequenceDeduplicator.claim("orders/2", 0, 10)))
          .isInstanceOf(SequenceDeduplicator.UnavailableException.class);
    }
    assertThat(evictions).hasValue(2);

    clock.advance(SequenceStore.EVICTION_INTERVAL);
    assertThatThrownBy(() -> await(sequenceDeduplicator.claim("orders/2", 0, 10)))
        .isInstanceOf(SequenceDeduplicator.UnavailableException.class);
    assertThat(evictions).hasValue(3);
  }

  /** Regression: deduplicator rejected at the maximum stayed counted as waiting. */
  @Test
  void claim_tooManyWaiting_isOverloadedUntilSomeComplete() {
    Promise<Void> replies = Promise.promise();
    SequenceDeduplicator sequenceDeduplicator =
        deduplicator(map("get", call -> replies.future().compose(now -> call.get())));
    List<Future<SequenceRanges.ClaimResult>> waiting = new ArrayList<>();
    for (int i = 0; i < SequenceDeduplicator.MAX_WAITING_CLAIMS; i++) {
      waiting.add(sequenceDeduplicator.claim(SESSION, i, 1));
    }

    for (int i = 0; i < SequenceDeduplicator.MAX_WAITING_CLAIMS; i++) {
      assertThatThrownBy(() -> await(sequenceDeduplicator.claim(SESSION, 5000, 1)))
          .isInstanceOf(SequenceDeduplicator.OverloadedException.class);
    }

    replies.complete();
    waiting.forEach(one -> assertThat(await(one).rows()).isEqualTo(1));
    assertThat(
            await(sequenceDeduplicator.claim(SESSION, SequenceDeduplicator.MAX_WAITING_CLAIMS, 1))
                .missing())
        .isZero();
  }

  /** Regression: only batches were bounded, and their rows used 190 MB. */
  @Test
  void claim_tooManyRowsWaiting_isOverloadedUntilSomeComplete() {
    Promise<Void> replies = Promise.promise();
    SequenceDeduplicator sequenceDeduplicator =
        deduplicator(map("get", call -> replies.future().compose(now -> call.get())));
    int most = SequenceDeduplicator.MAX_WAITING_ROWS;
    Future<SequenceRanges.ClaimResult> waiting = sequenceDeduplicator.claim(SESSION, 0, most - 10);

    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> await(sequenceDeduplicator.claim(SESSION, most - 10, 11)))
          .isInstanceOf(SequenceDeduplicator.OverloadedException.class);
    }
    Future<SequenceRanges.ClaimResult> last = sequenceDeduplicator.claim(SESSION, most - 10, 10);

    replies.complete();
    assertThat(await(waiting).rows()).isEqualTo(most - 10);
    assertThat(await(last).rows()).isEqualTo(10);
    assertThat(await(sequenceDeduplicator.claim(SESSION, most, most)).rows()).isEqualTo(most);
  }

  @Test
  void ingest_noCapacity_isOverloaded() {
    SequenceDeduplicator sequenceDeduplicator =
        deduplicator(map("get", call -> Promise.<Object>promise().future()));
    sequenceDeduplicator.claim(SESSION, 0, SequenceDeduplicator.MAX_WAITING_ROWS);

    assertThat(
            await(
                    new OperationIngestor(sequenceDeduplicator, new RecordingReportMetrics(), 5000)
                        .ingest(fiveRows(0)))
                .getString("outcome"))
        .isEqualTo("overloaded");
  }

  /**
   * The publisher is asked to retry, and rows accepted later are counted once. Regression: rows
   * accepted after the timeout were not counted.
   */
  @Test
  void ingest_slowClaim_isUnavailableAndCountedOnCompletion() {
    Promise<Void> replies = Promise.promise();
    RecordingReportMetrics metrics = new RecordingReportMetrics();
    OperationIngestor ingestor =
        new OperationIngestor(
            deduplicator(map("get", call -> replies.future().compose(now -> call.get()))),
            metrics,
            1);
    OperationReport batch = fiveRows(0);

    assertThat(await(ingestor.ingest(batch)).getString("outcome")).isEqualTo("unavailable");
    assertThat(metrics.calls()).isEmpty();
    Future<Void> drained =
        ingestor.drained(
            ManualScheduler.by(by -> vertx.timer(by.toMillis(), TimeUnit.MILLISECONDS).mapEmpty()));
    assertThat(drained.isComplete()).isFalse();

    replies.complete();
    await(drained);

    assertThat(metrics.calls()).containsExactly("operations 5");
    OperationIngestor waiting = new OperationIngestor(deduplicator(map), metrics, 5000);
    assertThat(await(waiting.ingest(batch)).getJsonArray("duplicates")).hasSize(5);
  }

  private static OperationReport fiveRows(long first) {
    OperationRows rows =
        new OperationRows(List.of("db_query"), new int[5], new boolean[5], new long[5]);
    return new OperationReport(SESSION, first, rows, new TreeMap<>(), false);
  }

  @Test
  void ingest_gapTooLarge_isRejectedWithTheNumber() {
    RecordingReportMetrics metrics = new RecordingReportMetrics();
    OperationIngestor ingestor = new OperationIngestor(deduplicator(map), metrics, 5000);
    await(ingestor.ingest(fiveRows(0)));

    assertThatThrownBy(() -> await(ingestor.ingest(fiveRows(1_000_000_006))))
        .asInstanceOf(type(RequestRejectedException.class))
        .extracting(RequestRejectedException::fieldErrors, list(FieldError.class))
        .containsExactly(
            new FieldError(
                "sequence", "at most 1000000000 beyond what was reported before", "1000000006"));
    assertThat(metrics.calls()).containsExactly("operations 5", "refused OPERATION 1");
  }

  @Test
  void sweep_idleSession_isRemovedAndOthersAreNot() {
    SequenceDeduplicator sequenceDeduplicator = deduplicator(map);
    await(sequenceDeduplicator.claim("silent/1", 0, 10));
    await(map.put("junk/1", "invalid"));
    clock.advance(SequenceStore.MAX_IDLE);
    await(sequenceDeduplicator.claim(SESSION, 0, 10));
    clock.advance(Duration.ofSeconds(1));

    await(sequenceDeduplicator.sweep());

    assertThat(await(map.keys())).containsExactly(SESSION);
    assertThat(await(sequenceDeduplicator.claim(SESSION, 0, 10)).rows()).isZero();
    assertThat(await(sequenceDeduplicator.claim("silent/1", 0, 10)).rows()).isEqualTo(10);
  }
}
