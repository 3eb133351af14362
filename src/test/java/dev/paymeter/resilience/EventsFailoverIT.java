package dev.paymeter.resilience;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Await;
import dev.paymeter.support.EventSource;
import dev.paymeter.support.ledger.ReplicatedPostgres;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Readers of events when the ledger fails over to a standby that lacks commits. */
class EventsFailoverIT {
  /** More than a standby may be behind in its transaction numbers. */
  private static final int LOST = 5;

  @TempDir Path directory;

  /** Past defect: the reader received the whole history again, and later missed events. */
  @Test
  void failOver_standbyWithoutTheLastPayments_readerIsResetAndMissesNothing() throws IOException {
    try (ReplicatedPostgres servers = servers();
        RunningService service = service(servers)) {
      String old = pay(service);
      TestPostgres.execute(
          servers.primaryUrl(), "update payment_events set at = at - interval '1 hour'");
      Set<String> lost;
      String last;
      try (EventSource reader = new EventSource(service.api("/v1/events?after=0"))) {
        eventually(() -> assertThat(payments(reader)).containsExactly(old));
        servers.stopReplication();
        for (int i = 0; i < LOST; i++) {
          pay(service);
        }
        eventually(() -> assertThat(reader.received()).hasSize(2 + 2 * LOST));
        lost = payments(reader);
        last = reader.received().get(1 + 2 * LOST).id();
        service.metrics(); // The loss is found by what was scraped.
      }

      servers.failOver();
      service.restartAfterLoss();
      String first = pay(service);
      String second = pay(service);

      try (EventSource reader = new EventSource(service.api("/v1/events"), last)) {
        eventually(() -> assertThat(payments(reader)).contains(first, second));
        List<EventSource.Event> received = reader.received();
        assertThat(received.get(0).name()).isEqualTo("reset");
        assertThat(received.stream().filter(event -> event.name().equals("reset"))).hasSize(1);
        // The lost payments are stored again, which is news; the one before them is not.
        lost.remove(old);
        assertThat(payments(reader)).containsAll(lost).doesNotContain(old);
      }
    }
  }

  private ReplicatedPostgres servers() throws IOException {
    return ReplicatedPostgres.start(Files.createDirectory(directory.resolve("servers")), false);
  }

  private RunningService service(ReplicatedPostgres servers) {
    return RunningService.start(
        Map.of(
            "database.url", servers.url(),
            "simulator.directory", directory.resolve("simulator").toString()));
  }

  /** Pays as soon as the ledger is available, and returns the id of the payment. */
  private static String pay(RunningService service) {
    return Await.first(
        () -> {
          HttpResponse<String> response = service.pay(RunningService.order("order", "12.34"));
          return response.statusCode() == 201
              ? Optional.of(new JsonObject(response.body()).getString("id"))
              : Optional.<String>empty();
        });
  }

  private static Set<String> payments(EventSource reader) {
    return reader.received().stream()
        .filter(event -> event.data().containsKey("payment"))
        .map(event -> event.data().getJsonObject("payment").getString("id"))
        .collect(Collectors.toSet());
  }
}
