package dev.paymeter.support.service;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A load balancer that distributes requests over the ready instances in turn, as a Kubernetes
 * Service does. It probes more often than a kubelet, to keep tests short.
 */
public final class ReadyLoadBalancer implements AutoCloseable {
  private static final Duration PROBE_INTERVAL = Duration.ofMillis(250);
  private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(1);

  private final Map<String, RestartableService> instances = new ConcurrentSkipListMap<>();
  private final Map<String, Boolean> probeResults = new ConcurrentHashMap<>();
  private final ScheduledExecutorService prober = Executors.newSingleThreadScheduledExecutor();
  private final AtomicInteger nextIndex = new AtomicInteger();
  private volatile List<String> ready = List.of();

  public ReadyLoadBalancer() {
    prober.scheduleAtFixedRate(this::probe, 0, PROBE_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
  }

  public void add(String name, RestartableService instance) {
    instances.put(name, instance);
  }

  public void remove(String name) {
    instances.remove(name);
  }

  private void probe() {
    List<CompletableFuture<Void>> answers =
        instances.entrySet().stream().map(each -> probe(each.getKey(), each.getValue())).toList();
    CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new)).join();
    ready =
        instances.keySet().stream().filter(name -> probeResults.getOrDefault(name, false)).toList();
  }

  private CompletableFuture<Void> probe(String name, RestartableService instance) {
    return RunningService.CLIENT
        .sendAsync(
            HttpRequest.newBuilder(instance.management("/health/ready"))
                .timeout(PROBE_TIMEOUT)
                .build(),
            BodyHandlers.discarding())
        .handle((answer, failure) -> answer != null && answer.statusCode() == 200)
        .thenAccept(isReady -> probeResults.put(name, isReady));
  }

  /** Returns the instances that were ready at the last probe. */
  public List<String> readyNames() {
    return ready;
  }

  /** Returns the URL of a path at the next ready instance; at any instance if none is ready. */
  public URI api(String path) {
    List<String> names = ready.isEmpty() ? List.copyOf(instances.keySet()) : ready;
    RestartableService next =
        instances.get(names.get(Math.floorMod(nextIndex.getAndIncrement(), names.size())));
    return (next == null ? instances.values().iterator().next() : next).api(path);
  }

  @Override
  public void close() {
    prober.shutdownNow();
  }
}
