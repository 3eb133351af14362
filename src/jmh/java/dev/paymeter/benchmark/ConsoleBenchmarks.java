package dev.paymeter.benchmark;

import dev.paymeter.support.Directories;
import dev.paymeter.support.service.ResourceUsage;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/**
 * The console of a service with payments: the time and the bytes until Chromium shows it, and the
 * CPU time that its viewers cost while payments are processed. The gateways respond at once.
 */
final class ConsoleBenchmarks implements AutoCloseable {
  private static final int LOADS = 20;
  private static final int VIEWERS = 20;
  private static final double PAYMENTS_PER_SECOND = 500;

  /**
   * More than an update of the console contains, so that viewers cost the same as with more
   * payments. The CPU time of these payments varies less than what is measured.
   */
  private static final double FEW_PAYMENTS_PER_SECOND = 60;

  private static final int CONNECTIONS = 64;

  /** Enough for the JVM to compile the hot code, even on a busy machine. */
  private static final int WARM_UP_PAYMENTS = 60_000;

  private static final int WARM_UP_PAIRS = 3;
  private static final Duration WARM_UP_WINDOW = Duration.ofSeconds(2);
  private static final Duration WINDOW = Duration.ofSeconds(10);

  /** Between two windows, while viewers connect or their connections are closed. */
  private static final Duration SETTLING = Duration.ofSeconds(2);

  /** A multiple of the intervals of the page, approximately. */
  private static final Duration RECORDING = Duration.ofMinutes(1);

  /** A machine that cannot keep the rate would measure something else. */
  private static final double MIN_SHARE_OF_RATE = 0.9;

  private static final String BETWEEN_PORTS = ", metrics on ";
  private static final Pattern PORTS =
      Pattern.compile("API on (http://[^,]+" + BETWEEN_PORTS + "http://[^,]+),");

  private final Path home = Files.createTempDirectory("console");
  private final int pairs;
  private final ChildJvm service;
  private final long postmaster;
  private final int api;
  private final URI console;
  private final List<Comparison> measured = new ArrayList<>();

  private ConsoleBenchmarks(MeasurementPlan measurementPlan) throws IOException {
    this.pairs = measurementPlan.windows() / 4;
    this.service =
        ChildJvm.service(
            Map.of("database.directory", home.resolve("data").toString()),
            Map.of(
                "simulator.time-scale", "0", "simulator.directory", home.resolve("sim").toString()),
            PORTS);
    this.postmaster =
        Long.parseLong(
            Files.readAllLines(home.resolve("data/cluster/postmaster.pid")).get(0).strip());
    String[] ports = service.readyText().split(BETWEEN_PORTS, -1);
    this.console = URI.create(ports[1] + "/console/");
    this.api = URI.create(ports[0]).getPort();
  }

  /** Measures first paint, bytes, and the cost of viewers. */
  static List<Comparison> views(MeasurementPlan measurementPlan) throws Exception {
    try (ConsoleBenchmarks run = new ConsoleBenchmarks(measurementPlan)) {
      run.warmUp();
      List<ConsoleViewers.Poll> polls;
      try (ConsolePage page = new ConsolePage(run.home.resolve("profile"), run.console)) {
        run.measureLoads(page);
        polls = run.record(page);
      }
      run.add(Comparison.atMost(Double.NaN, "console: polls of a viewer", "requests/minute"))
          .add(1.0 * polls.size() / RECORDING.toMinutes());
      run.measured.forEach(comparison -> System.err.println(comparison.row()));
      run.measureViewers(polls, FEW_PAYMENTS_PER_SECOND);
      run.measureViewers(polls, PAYMENTS_PER_SECOND);
      return run.measured;
    }
  }

  private void warmUp() throws IOException {
    try (PaymentLoad load = new PaymentLoad(api, CONNECTIONS)) {
      while (load.answered() < WARM_UP_PAYMENTS) {
        load.saturate(WARM_UP_WINDOW);
      }
    }
  }

  /** Returns the requests of a page while there are payments. */
  private List<ConsoleViewers.Poll> record(ConsolePage page) throws Exception {
    try (PaymentLoad load = new PaymentLoad(api, CONNECTIONS)) {
      return page.requests(RECORDING, () -> load.atRate(PAYMENTS_PER_SECOND, RECORDING));
    }
  }

  private void measureLoads(ConsolePage page) throws Exception {
    Comparison paint = add(Comparison.atMost(200, "console: first contentful paint", "ms"));
    Comparison shown =
        add(Comparison.atMost(Double.NaN, "console: first payment in the page", "ms"));
    Comparison bytes = add(Comparison.atMost(150_000, "console: bytes until all is shown", "B"));
    Comparison streamed =
        add(Comparison.atMost(Double.NaN, "console: of them, first state in the stream", "B"));
    for (int i = 0; i < LOADS; i++) {
      ConsolePage.Load loaded = page.load();
      double state = ConsoleViewers.firstBytes(console);
      paint.add(loaded.paintMillis());
      shown.add(loaded.shownMillis());
      bytes.add(loaded.bytes() + state);
      streamed.add(state);
    }
  }

  /** Measures windows with and without viewers, in pairs whose order alternates. */
  private void measureViewers(List<ConsoleViewers.Poll> polls, double rate) throws Exception {
    String at = " at %.0f payments/s".formatted(rate);
    String what = "console: CPU time of %d viewers".formatted(VIEWERS) + at;
    Comparison both = add(Comparison.atMost(0.02, what, "of a core"));
    Comparison ofService =
        add(Comparison.atMost(Double.NaN, what + ", in the service", "of a core"));
    Comparison ofDatabase =
        add(Comparison.atMost(Double.NaN, what + ", in PostgreSQL", "of a core"));
    Comparison scatter =
        add(
            Comparison.atMost(
                Double.NaN, "console: CPU time, without viewers again," + at, "of a core"));
    Comparison without =
        add(Comparison.atMost(Double.NaN, "console: CPU time without viewers" + at, "of a core"));
    Comparison bytes = add(Comparison.atMost(Double.NaN, "console: bytes to a viewer" + at, "B/s"));
    Window before = null;
    try (ConsoleViewers viewers = new ConsoleViewers(console, polls, RECORDING, VIEWERS);
        PaymentLoad load = new PaymentLoad(api, CONNECTIONS)) {
      for (int i = -WARM_UP_PAIRS; i < pairs; i++) {
        boolean isViewedFirst = Math.floorMod(i, 2) == 1;
        Window first = isViewedFirst ? viewed(load, rate, viewers) : unviewed(load, rate);
        Window second = isViewedFirst ? unviewed(load, rate) : viewed(load, rate, viewers);
        Window viewed = isViewedFirst ? first : second;
        Window unviewed = isViewedFirst ? second : first;
        if (i >= 0) {
          both.add(viewed.cores() - unviewed.cores());
          ofService.add(viewed.service() - unviewed.service());
          ofDatabase.add(viewed.database() - unviewed.database());
          without.add(unviewed.cores());
          bytes.add(viewed.bytes() / VIEWERS);
        }
        if (i > 0 && before != null) {
          scatter.add(unviewed.cores() - before.cores());
        }
        before = unviewed;
      }
    }
  }

  /**
   * Figures of a window, per second.
   *
   * @param service seconds of CPU time of the service
   * @param database those of its PostgreSQL
   * @param bytes to all viewers
   */
  private record Window(double service, double database, double bytes) {
    double cores() {
      return service + database;
    }
  }

  private Window unviewed(PaymentLoad load, double rate) throws IOException {
    load.atRate(rate, SETTLING);
    return measure(load, rate, () -> 0);
  }

  private Window viewed(PaymentLoad load, double rate, ConsoleViewers viewers) throws Exception {
    viewers.connect();
    load.atRate(rate, SETTLING);
    Window window = measure(load, rate, viewers::bytes);
    viewers.disconnect();
    return window;
  }

  private Window measure(PaymentLoad load, double target, LongSupplier bytes) throws IOException {
    Duration serviceBefore = service.cpu();
    Duration databaseBefore = ResourceUsage.database(postmaster);
    long bytesBefore = bytes.getAsLong();
    long start = System.nanoTime();
    double rate = load.atRate(target, WINDOW).perSecond();
    double nanos = System.nanoTime() - start;
    if (rate < MIN_SHARE_OF_RATE * target) {
      throw new IllegalStateException("the service processed only " + rate + " payments/s");
    }
    return new Window(
        service.cpu().minus(serviceBefore).toNanos() / nanos,
        ResourceUsage.database(postmaster).minus(databaseBefore).toNanos() / nanos,
        (bytes.getAsLong() - bytesBefore) * 1e9 / nanos);
  }

  private Comparison add(Comparison comparison) {
    measured.add(comparison);
    return comparison;
  }

  @Override
  public void close() throws IOException {
    service.close();
    Directories.delete(home);
  }
}
