package dev.paymeter;

import com.hazelcast.config.Config;
import dev.paymeter.bus.Addresses;
import dev.paymeter.ledger.TestPostgres;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Operations over the clustered event bus, from this process to the service, which is another; and
 * the same batches to a third that takes them and reads nothing of them: the bare bus.
 */
final class BusBenchmarks implements AutoCloseable {
  /** Where the bare consumer is. */
  static final String BARE = "bare.v1";

  private static final String CLUSTER = "benchmark";
  private static final int IN_FLIGHT = 8;

  /** Much above the default: whoever applies has to wait for a core, which the load is on, too. */
  private static final int QUEUE = 1 << 20;

  private static final int WARM_UP_WINDOWS = 5;
  private static final double BAR = 1_000_000;
  private static final Pattern READY = Pattern.compile("metrics on (http://[^,]+),");

  private final Process service;
  private final Process bare;
  private final BusPublisher publisher;
  private final String metrics;
  private final double tolerance;

  /** Makes a message's body of its bytes. */
  private final Function<Buffer, Object> body;

  private final AtomicLong accepted = new AtomicLong();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();

  private BusBenchmarks(double samplingRate, Function<Buffer, Object> body) throws IOException {
    String seed = "127.0.0.1:" + TestServer.freePort();
    service = service(seed, samplingRate);
    metrics = await(service, READY);
    bare = process(List.of(BareConsumer.class.getName(), CLUSTER, seed)).start();
    await(bare, Pattern.compile(BareConsumer.READY));
    this.body = body;
    tolerance = samplingRate == 1 ? 0 : 0.05;
    publisher =
        BusPublisher.join(
            new Config().setLiteMember(true), CLUSTER, List.of(seed), new EventBusOptions());
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
    Scrape scrape = new Scrape(RunningService.get(URI.create(metrics + "/metrics")).body());
    return OperationBatches.names()
        .mapToDouble(
            name ->
                scrape
                    .sum("low_level_operations_seconds_count", "operation=\"" + name + '"')
                    .doubleValue())
        .sum();
  }

  private static Process service(String seed, double samplingRate) throws IOException {
    ProcessBuilder builder = process(List.of(Main.class.getName(), "serve"));
    Map.ofEntries(
            Map.entry("http.port", "0"),
            Map.entry("management.port", "0"),
            Map.entry("database.url", TestPostgres.newDatabase()),
            Map.entry("instance.id", "benchmark"),
            Map.entry("cluster.enabled", "true"),
            Map.entry("cluster.name", CLUSTER),
            Map.entry("cluster.port", seed.substring(seed.indexOf(':') + 1)),
            Map.entry("cluster.bus-port", String.valueOf(TestServer.freePort())),
            Map.entry("cluster.members", seed),
            Map.entry("metrics.sampling-rate", String.valueOf(samplingRate)),
            Map.entry("metrics.queue-capacity", String.valueOf(QUEUE)),
            Map.entry("shutdown.grace", "0s"),
            Map.entry("shutdown.last-scrape-timeout", "0s"),
            Map.entry("log.format", "text"))
        .forEach((key, value) -> builder.environment().put(SettingsSource.variable(key), value));
    return builder.start();
  }

  private static ProcessBuilder process(List<String> arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms1g",
                "-Xmx1g",
                "-cp",
                System.getProperty("java.class.path")));
    command.addAll(arguments);
    return new ProcessBuilder(command).redirectErrorStream(true);
  }

  /** The last group of the first line that has it; what comes after it is read, and not kept. */
  private static String await(Process process, Pattern wanted) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Matcher found = wanted.matcher(line);
      if (found.find()) {
        readOn(process);
        return found.group(found.groupCount());
      }
      System.err.println(line);
    }
    throw new IOException("it ended before it was ready");
  }

  /** So that it never waits for somebody to read what it logs. */
  private static void readOn(Process process) {
    Thread reader =
        new Thread(
            () -> {
              try (InputStream rest = process.getInputStream()) {
                rest.transferTo(OutputStream.nullOutputStream());
              } catch (IOException ended) {
                // Closed with the process.
              }
            });
    reader.setDaemon(true);
    reader.start();
  }

  @Override
  public void close() throws InterruptedException {
    publisher.close();
    for (Process process : List.of(bare, service)) {
      process.destroy();
      process.waitFor();
    }
  }
}
