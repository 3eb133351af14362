package dev.paymeter.benchmark;

import dev.paymeter.bus.Addresses;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.TestServer;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Operations over the clustered event bus, from this process to the service in another one. For
 * comparison, the same batches are sent to a third process, which replies without reading them.
 */
final class BusBenchmarks implements AutoCloseable {
  /** The address of the bare consumer. */
  static final String BARE = "bare.v1";

  /** Far above the default: the metrics worker waits for a core, which it shares with the load. */
  private static final int QUEUE = 1 << 20;

  private static final int WARM_UP_WINDOWS = 5;
  private static final double BAR = 1_000_000;

  private final ChildJvm service;
  private final ChildJvm bare;
  private final BatchSender sender;
  private final double tolerance;

  /** Creates a message's body from its bytes. */
  private final Function<Buffer, Object> body;

  private BusBenchmarks(double samplingRate, Function<Buffer, Object> body) throws IOException {
    String seed = "127.0.0.1:" + TestServer.freePort();
    service =
        ChildJvm.service(
            seed,
            Map.of(
                "database.url",
                TestPostgres.newDatabase(),
                "metrics.sampling-rate",
                String.valueOf(samplingRate),
                "metrics.queue-capacity",
                String.valueOf(QUEUE)));
    bare =
        ChildJvm.start(
            List.of(BareConsumer.class.getName(), ChildJvm.CLUSTER, seed),
            Map.of(),
            Pattern.compile(BareConsumer.READY));
    this.body = body;
    tolerance = samplingRate == 1 ? 0 : 0.05;
    sender = BatchSender.join(seed, OperationBatches.ROWS);
  }

  /** Measures the rows per second that are accepted and applied. */
  static List<Comparison> operations(MeasurementPlan measurementPlan) throws Exception {
    List<Comparison> all = new ArrayList<>();
    all.addAll(operations(measurementPlan, 1, bytes -> bytes, BAR, "all recorded"));
    all.addAll(operations(measurementPlan, 0.01, bytes -> bytes, BAR, "sampled at 0.01"));
    all.addAll(
        operations(
            measurementPlan, 1, Buffer::toJsonObject, Double.NaN, "as JSON objects, all recorded"));
    return all;
  }

  private static List<Comparison> operations(
      MeasurementPlan measurementPlan,
      double rate,
      Function<Buffer, Object> body,
      double bar,
      String how)
      throws Exception {
    String what = "bus: operations, " + how;
    Comparison figure = Comparison.figureAtLeast(bar, what, "rows/s");
    Comparison ratio =
        Comparison.atLeast(
            Double.NaN, what + ", of the bare bus", "rows/s", "accepted", "bare bus");
    try (BusBenchmarks run = new BusBenchmarks(rate, body)) {
      for (int window = -WARM_UP_WINDOWS; window < measurementPlan.windows() / 4; window++) {
        double bare = run.measure(BARE, measurementPlan);
        double ours = run.measure(Addresses.OBSERVATIONS, measurementPlan);
        if (window >= 0) {
          figure.add(ours);
          ratio.add(ours, bare);
        }
      }
    }
    return List.of(figure, ratio);
  }

  /** Returns the accepted rows per second, after checking that the service has counted them. */
  private double measure(String address, MeasurementPlan measurementPlan)
      throws InterruptedException {
    OperationBatches batches = new OperationBatches(UUID.randomUUID().toString());
    double before = counted();
    BatchSender.Window window =
        sender.send(address, () -> body.apply(batches.next()), measurementPlan);
    double counted = counted() - before;
    double expected = address.equals(BARE) ? 0 : window.accepted();
    if (Math.abs(counted - expected) > expected * tolerance) {
      throw new IllegalStateException(
          window.accepted() + " accepted, " + counted + " counted in the scrape");
    }
    return window.rowsPerSecond();
  }

  /** Returns the service's count: exact if all are recorded, else an estimate. */
  private double counted() {
    Scrape scrape =
        new Scrape(RunningService.get(URI.create(service.readyText() + "/metrics")).body());
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
    sender.close();
    bare.close();
    service.close();
  }
}
