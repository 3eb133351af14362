package dev.paymeter.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.paymeter.support.GzipReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

/**
 * Viewers of the console that repeat the requests of a page, and discard the responses. They are
 * one thread, because they share the machine with the measured processes.
 */
final class ConsoleViewers implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** As Chromium sends them, as far as they can have an effect. */
  private static final String[] HEADERS = {
    "Accept-Encoding", "gzip, deflate, br, zstd",
    "Accept-Language", "en-US,en;q=0.9",
    "Cache-Control", "no-cache",
    "Pragma", "no-cache",
    "Sec-Fetch-Dest", "empty",
    "Sec-Fetch-Mode", "cors",
    "Sec-Fetch-Site", "same-origin",
    "User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
  };

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread viewers = new Thread(task, "viewers");
            viewers.setDaemon(true);
            return viewers;
          });
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).executor(thread).build();
  private final HttpRequest stream;
  private final List<Poll> polls;
  private final Duration period;
  private final int viewers;
  private final LongAdder bytes = new LongAdder();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final List<Future<?>> running = new ArrayList<>();
  private AtomicBoolean isConnected = new AtomicBoolean();

  /**
   * A request that a page repeats.
   *
   * @param at the time in each period
   */
  record Poll(URI uri, Duration at) {}

  /**
   * @param console URL of the page
   * @param polls the requests of a page in a period, besides its stream
   */
  ConsoleViewers(URI console, List<Poll> polls, Duration period, int viewers) {
    this.stream = request(console.resolve("events"), "text/event-stream");
    this.polls = polls;
    this.period = period;
    this.viewers = viewers;
  }

  private static HttpRequest request(URI uri, String accepted) {
    return HttpRequest.newBuilder(uri).headers(HEADERS).header("Accept", accepted).build();
  }

  /** Returns the number of bytes that a compressed stream begins with: those of the first state. */
  static long firstBytes(URI console) throws IOException, InterruptedException {
    HttpRequest request = request(console.resolve("events"), "text/event-stream");
    try (GzipReader stream =
            new GzipReader(
                HttpClient.newHttpClient().send(request, BodyHandlers.ofInputStream()).body());
        BufferedReader lines = new BufferedReader(new InputStreamReader(stream, UTF_8))) {
      String line = lines.readLine();
      while (line != null && !line.startsWith("data: {\"points\"")) {
        line = lines.readLine();
      }
      return stream.compressedBytes();
    }
  }

  /** Opens the streams, and begins to poll: at times that are evenly distributed over viewers. */
  void connect() throws InterruptedException {
    CountDownLatch opened = new CountDownLatch(viewers);
    AtomicBoolean current = new AtomicBoolean(true);
    isConnected = current;
    for (int i = 0; i < viewers; i++) {
      running.add(open(opened, current));
      for (Poll poll : polls) {
        HttpRequest request = request(poll.uri(), "*/*");
        long delay = (poll.at().toNanos() + i * (period.toNanos() / viewers)) % period.toNanos();
        running.add(
            thread.scheduleAtFixedRate(
                () -> send(request), delay, period.toNanos(), TimeUnit.NANOSECONDS));
      }
    }
    if (!opened.await(TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
      throw new IllegalStateException(opened.getCount() + " streams did not open: " + failures);
    }
  }

  private CompletableFuture<HttpResponse<Void>> open(CountDownLatch opened, AtomicBoolean current) {
    CompletableFuture<HttpResponse<Void>> response =
        client.sendAsync(
            stream,
            head -> {
              opened.countDown();
              return counting(head);
            });
    response.whenComplete(
        (ended, failure) -> {
          if (current.get()) {
            failures.add(new IllegalStateException("a stream ended", failure));
          }
        });
    return response;
  }

  private void send(HttpRequest request) {
    client
        .sendAsync(request, this::counting)
        .whenComplete(
            (response, failure) -> {
              if (failure != null) {
                failures.add(failure);
              }
            });
  }

  private HttpResponse.BodySubscriber<Void> counting(HttpResponse.ResponseInfo head) {
    if (head.statusCode() != 200) {
      failures.add(new IllegalStateException("a response has the status " + head.statusCode()));
    }
    return BodySubscribers.ofByteArrayConsumer(
        part -> part.ifPresent(read -> bytes.add(read.length)));
  }

  /**
   * Closes the streams, and ends the polls.
   *
   * @throws IllegalStateException if a request has failed
   */
  void disconnect() {
    isConnected.set(false);
    running.forEach(each -> each.cancel(true));
    running.clear();
    if (!failures.isEmpty()) {
      throw new IllegalStateException(failures.size() + " requests failed", failures.remove());
    }
  }

  /** Returns the number of bytes of all bodies until now. */
  long bytes() {
    return bytes.sum();
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
