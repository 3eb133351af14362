package dev.paymeter.benchmark;

import static dev.paymeter.support.Await.first;

import dev.paymeter.support.Browser;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** The console in Chromium, without a cache. */
final class ConsolePage implements AutoCloseable {
  private static final URI NO_PAGE = URI.create("about:blank");

  /** Stores the time at which the page shows its first payment. */
  private static final String OBSERVE =
      """
      new MutationObserver((changes, observer) => {
        if (document.querySelector("#rows tr")) {
          window.shownAt = performance.now();
          observer.disconnect();
        }
      }).observe(document, {childList: true, subtree: true});
      """;

  /**
   * Returns the time of the first contentful paint, that of the first payment, and the bytes of the
   * first response of each URL; null until the page has read all that it shows.
   */
  private static final String LOADED =
      """
      const bytes = new Map();
      ["navigation", "resource"].flatMap(type => performance.getEntriesByType(type))
        .filter(entry => !bytes.has(entry.name))
        .forEach(entry => bytes.set(entry.name, entry.transferSize));
      const reads = ["samples?range=15m", "alerts", "v1/counts", "v1/payments?limit=50",
        "v1/differences", "v1/instances"].map(path => new URL(path, location).href);
      const paint = performance.getEntriesByName("first-contentful-paint")[0];
      return paint && window.shownAt && reads.every(read => bytes.has(read))
        && document.body.dataset.live === "true"
        ? [paint.startTime, window.shownAt, [...bytes.values()].reduce((sum, each) => sum + each)]
        : null;
      """;

  private static final String REQUESTS =
      """
      return performance.getEntriesByType("resource")
        .filter(entry => entry.startTime >= arguments[0])
        .map(entry => [entry.name, entry.startTime - arguments[0]]);
      """;

  private final Browser browser;
  private final URI console;

  /**
   * Figures of one load.
   *
   * @param paintMillis until the first contentful paint
   * @param shownMillis until the first payment is in the page
   * @param bytes of all responses, with their heads and without the stream of events
   */
  record Load(double paintMillis, double shownMillis, double bytes) {}

  /**
   * @param profile an empty directory
   * @param console URL of the page
   */
  ConsolePage(Path profile, URI console) {
    this.browser = Browser.start(profile);
    this.console = console;
    browser.disableCache();
  }

  /** Loads the page, and waits until it shows the state of the service. */
  Load load() {
    browser.open(NO_PAGE);
    browser.open(console, OBSERVE);
    List<?> figures = first(() -> Optional.ofNullable((List<?>) browser.run(LOADED)));
    return new Load(number(figures, 0), number(figures, 1), number(figures, 2));
  }

  /**
   * Returns the requests that the loaded page makes during an action.
   *
   * @param length the duration of the action; later requests are omitted
   */
  List<ConsoleViewers.Poll> requests(Duration length, Action action) throws Exception {
    Object start = Objects.requireNonNull(browser.run("return performance.now()"));
    action.run();
    List<?> requests = (List<?>) Objects.requireNonNull(browser.run(REQUESTS, start));
    return requests.stream()
        .map(request -> (List<?>) request)
        .map(
            request ->
                new ConsoleViewers.Poll(
                    URI.create((String) request.get(0)),
                    Duration.ofNanos((long) (number(request, 1) * 1e6))))
        .filter(request -> request.at().compareTo(length) < 0)
        .toList();
  }

  /** A step of the benchmark. */
  @FunctionalInterface
  interface Action {
    void run() throws Exception;
  }

  private static double number(List<?> values, int index) {
    return ((Number) values.get(index)).doubleValue();
  }

  @Override
  public void close() {
    browser.close();
  }
}
