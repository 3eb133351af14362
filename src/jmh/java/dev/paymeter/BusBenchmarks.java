package dev.paymeter;

import com.hazelcast.config.Config;
import dev.paymeter.bus.Addresses;
import dev.paymeter.ledger.TestPostgres;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Operations over the clustered event bus, from this process to the service, which is another; and
 * the same batches to a third that takes them and reads nothing of them: the bare bus.
 */
final class BusBenchmarks implements AutoCloseable {
  /** Where the bare consumer is. */
  static final String BARE = "bare.v1";

  private static final int IN_FLIGHT = 8;

  /** Much above the default: whoever applies has to wait for a core, which the load is on, too. */
  private static final int QUEUE = 1 << 20;

  private static final int WARM_UP_WINDOWS = 5;
  private static final double BAR = 1_000_000;

  private final OtherJvm service;
  private final OtherJvm bare;
  private final BusPublisher publisher;
  private final double tolerance;

  /** Makes a message's body of its bytes. */
  private final Function<Buffer, Object> body;

  private final AtomicLong accepted = new AtomicLong();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();

  private BusBenchmarks(double samplingRate, Function<Buffer, Object> body) throws IOException {
    String seed = "127.0.0.1:" + TestServer.freePort();
    service =
        OtherJvm.service(
            seed,
            Map.of(
                "database.url",
                TestPostgres.newDatabase(),
                "metrics.sampling-rate",
                String.valueOf(samplingRate),
                "metrics.queue-capacity",
                String.valueOf(QUEUE)));
    bare =
        OtherJvm.start(
            List.of(BareConsumer.class.getName(), OtherJvm.CLUSTER, seed),
            Map.of(),
            Pattern.compile(BareConsumer.READY));
    this.body = body;
    tolerance = samplingRate == 1 ? 0 : 0.05;
    publisher =
        BusPublisher.join(
            new Config().setLiteMember(true),
            OtherJvm.CLUSTER,
            List.of(seed),
            new EventBusOptions());
  }

  /** Rows per second that are accepted and applied. */
  static List<Comparison> operations(Effort effort) throws Exception {
    List<Comparison> all = new ArrayList<>();
    all.addAll(operations(effort, 1, bytes -> bytes, BAR, "all recorded"));
    all.addAll(operations(effort, 0.01, bytes -> bytes, BAR, "sampled at 0.01"));
    all.addAll(
        operations(effort, 1, Buffer::toJsonObject, Double.NaN, "as JSON objects, all recorded"));
    return all;
  }

  private static List<Comparison> operations(
      Effort effort, double rate, Function<Buffer, Object> body, double bar, String how)
      throws Exception {
    String what = "bus: operations, " + how;
    Comparison figure = Comparison.figureAtLeast(bar, what, "rows/s");
    Comparison ratio =
        Comparison.atLeast(
            Double.NaN, what + ", of the bare bus", "rows/s", "accepted", "bare bus");
    try (BusBenchmarks run = new BusBenchmarks(rate, body)) {
      for (int window = -WARM_UP_WINDOWS; window < effort.windows() / 4; window++) {
        double bare = run.measure(BARE, effort);
        double ours = run.measure(Addresses.OBSERVATIONS, effort);
        if (window >= 0) {
          figure.add(ours);
          ratio.add(ours, bare);
        }
      }
    }
    return List.of(figure, ratio);
  }

  /** Several batches in flight until the time is over; then the last answers are waited for. */
  private double measure(String address, Effort effort) throws InterruptedException {
    OperationBatches batches = new OperationBatches(UUID.randomUUID().toString());
    accepted.set(0);
    double before = counted();
    long start = System.nanoTime();
    long end = start + 2L * effort.windowMillis() * 1_000_000;
    AtomicInteger running = new AtomicInteger(IN_FLIGHT);
    for (int i = 0; i < IN_FLIGHT; i++) {
      publisher.run(() -> send(address, batches, end, running));
    }
    while (running.get() > 0) {
      Thread.sleep(1);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    double counted = counted() - before;
    double wanted = address.equals(BARE) ? 0 : accepted.get();
    if (!failures.isEmpty() || Math.abs(counted - wanted) > wanted * tolerance) {
      throw new IllegalStateException(
          accepted + " accepted, " + counted + " in the scrape, others not: " + failures);
    }
    return accepted.get() / seconds;
  }

  private void send(String address, OperationBatches batches, long end, AtomicInteger running) {
    publisher
        .request(address, body.apply(batches.next()))
        .onSuccess(
            reply -> {
              int rows = ((JsonObject) reply).getInteger("accepted");
              accepted.addAndGet(rows);
              if (rows != OperationBatches.ROWS) {
                failures.add(reply.toString());
              }
            })
        .onFailure(why -> failures.add(why.toString()))
        .onComplete(
            done -> {
              if (System.nanoTime() < end && failures.isEmpty()) {
                send(address, batches, end, running);
              } else {
                running.decrementAndGet();
              }
            });
  }

  /** What the service has counted of them: exact where all are recorded, else estimated. */
  private double counted() {
    Scrape scrape = new Scrape(RunningService.get(URI.create(service.found() + "/metrics")).body());
    return OperationBatches.names()
        .mapToDouble(
            name ->
                scrape
                    .sum("low_level_operations_seconds_count", "operation=\"" + name + '"')
                    .doubleValue())
        .sum();
  }

  @Override
  public void close() {
    publisher.close();
    bare.close();
    service.close();
  }
}
