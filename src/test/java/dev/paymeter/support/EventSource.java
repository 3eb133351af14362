package dev.paymeter.support;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A client of server-sent events that stores all it receives. */
public final class EventSource implements AutoCloseable {
  private final InputStream stream;
  private final Thread reader;
  private final List<Event> received = new CopyOnWriteArrayList<>();
  private volatile @Nullable String firstId;

  public record Event(String id, String name, JsonObject data) {}

  public EventSource(URI uri) {
    this(uri, Map.of());
  }

  public EventSource(URI uri, @Nullable String lastEventId) {
    this(uri, lastEventId == null ? Map.of() : Map.of("Last-Event-ID", lastEventId));
  }

  public EventSource(URI uri, Map<String, String> headers) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).header("Accept", "text/event-stream");
    headers.forEach(request::header);
    stream =
        RunningService.CLIENT
            .sendAsync(request.build(), BodyHandlers.ofInputStream())
            .join()
            .body();
    reader = new Thread(this::read, "events");
    reader.start();
  }

  /** Waits for the first event, and returns its id: the offset that the stream starts after. */
  public String awaitOpen() {
    eventually(() -> assertThat(firstId).isNotNull());
    return String.valueOf(firstId);
  }

  public List<Event> received() {
    return new ArrayList<>(received);
  }

  private void read() {
    String id = "";
    String name = "";
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("id: ")) {
          id = line.substring("id: ".length());
          if (firstId == null) {
            firstId = id;
          }
        } else if (line.startsWith("event: ")) {
          name = line.substring("event: ".length());
        } else if (line.startsWith("data: ")) {
          received.add(new Event(id, name, new JsonObject(line.substring("data: ".length()))));
        }
      }
    } catch (IOException closed) {
      // Closed by the test.
    }
  }

  @Override
  public void close() {
    try {
      stream.close();
      reader.join();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
