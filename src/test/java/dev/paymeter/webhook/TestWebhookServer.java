package dev.paymeter.webhook;

import com.standardwebhooks.exceptions.WebhookVerificationException;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The server of an endpoint. It verifies each request with the official library of Standard
 * Webhooks. A behaviour decides what it responds.
 */
public final class TestWebhookServer implements AutoCloseable {
  /** The behaviour that accepts all. */
  public static final Behaviour ACCEPT = request -> Response.of(204);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer server;
  private final List<Request> accepted = new ArrayList<>();
  private final List<Request> received = new ArrayList<>();
  private final List<String> errors = new ArrayList<>();
  private volatile Behaviour behaviour;
  private volatile List<WebhookSecret> secrets = List.of();

  /**
   * A verified request.
   *
   * @param headers with lower-case names
   */
  public record Request(String id, String path, JsonObject body, Map<String, String> headers) {
    public String type() {
      return body.getString("type");
    }

    public JsonObject data() {
      return body.getJsonObject("data");
    }

    public String payment() {
      return data().getString("id");
    }
  }

  /**
   * Response of the server.
   *
   * @param isAccepted whether the server processes the request, whatever it responds
   * @param status 0 for no response; -1 for a closed connection
   * @param headers of the response
   */
  public record Response(boolean isAccepted, int status, Map<String, String> headers) {
    public static final Response NONE = new Response(false, 0, Map.of());

    public static Response of(int status) {
      return new Response(status / 100 == 2, status, Map.of());
    }
  }

  /** Decides about a request. */
  public interface Behaviour extends Function<Request, Response> {}

  public TestWebhookServer(Behaviour behaviour) {
    this.behaviour = behaviour;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  /** Returns the line of the endpoint in the endpoints file. */
  public String line(String name, String types) {
    return line(name, types, null);
  }

  /**
   * @param merchant null for the payments of all
   */
  public String line(String name, String types, @Nullable String merchant) {
    WebhookEndpoint endpoint = WebhookEndpoint.create(name, url("/hooks"), types, merchant);
    secrets = endpoint.secrets();
    return endpoint.line();
  }

  public String url(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  public void behave(Behaviour changed) {
    behaviour = changed;
  }

  /** Verifies with other secrets from now on. */
  public void use(List<WebhookSecret> changed) {
    secrets = changed;
  }

  private void handle(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    try {
      Request request = verified(exchange, body);
      Response response = behaviour.apply(request);
      synchronized (this) {
        received.add(request);
        if (response.isAccepted()) {
          accepted.add(request);
        }
      }
      if (response.status() > 0) {
        response.headers().forEach(exchange.getResponseHeaders()::set);
        exchange.sendResponseHeaders(response.status(), -1);
      }
      if (response.status() != 0) {
        exchange.close();
      }
    } catch (WebhookVerificationException | RuntimeException e) {
      synchronized (this) {
        errors.add(e + ": " + body);
      }
      exchange.sendResponseHeaders(400, -1);
      exchange.close();
    }
  }

  private Request verified(HttpExchange exchange, String body) throws WebhookVerificationException {
    WebhookVerificationException last = new WebhookVerificationException("no secret");
    for (WebhookSecret secret : secrets) {
      try {
        new com.standardwebhooks.Webhook(secret.text()).verify(body, exchange.getRequestHeaders());
        Map<String, String> headers = new java.util.HashMap<>();
        exchange
            .getRequestHeaders()
            .forEach(
                (name, values) ->
                    headers.put(name.toLowerCase(java.util.Locale.ROOT), values.get(0)));
        return new Request(
            headers.get("webhook-id"),
            exchange.getRequestURI().toString(),
            new JsonObject(body),
            headers);
      } catch (WebhookVerificationException e) {
        last = e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
    throw last;
  }

  /** Returns the requests that the server has processed, in the order of their arrival. */
  public synchronized List<Request> accepted() {
    return List.copyOf(accepted);
  }

  /** Returns all verified requests, also those that it has not processed. */
  public synchronized List<Request> received() {
    return List.copyOf(received);
  }

  /** Returns what could not be verified. */
  public synchronized List<String> errors() {
    return List.copyOf(errors);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
