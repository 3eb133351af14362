package dev.paymeter.webhook;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The endpoints of the endpoints file, one per line (see {@link WebhookEndpoint}; lines that begin
 * with {@code #} are comments). Safe from any thread.
 */
public final class WebhookEndpoints {
  private static final Logger log = LoggerFactory.getLogger(WebhookEndpoints.class);

  private String text;
  private volatile SortedMap<String, WebhookEndpoint> endpoints;

  /**
   * @param text the content of the endpoints file
   * @throws IllegalArgumentException naming the invalid line, without its content
   */
  public WebhookEndpoints(String text) {
    this.text = text;
    this.endpoints = parse(text);
  }

  private static SortedMap<String, WebhookEndpoint> parse(String text) {
    SortedMap<String, WebhookEndpoint> endpoints = new TreeMap<>();
    List<String> lines = text.lines().map(String::strip).toList();
    for (int number = 1; number <= lines.size(); number++) {
      String line = lines.get(number - 1);
      if (!line.isEmpty() && !line.startsWith("#")) {
        add(line, number, endpoints);
      }
    }
    return endpoints;
  }

  private static void add(String line, int number, SortedMap<String, WebhookEndpoint> endpoints) {
    try {
      WebhookEndpoint endpoint = WebhookEndpoint.parse(line);
      if (endpoints.put(endpoint.name(), endpoint) != null) {
        throw new IllegalArgumentException("a unique name");
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("line " + number + ": expected " + e.getMessage(), e);
    }
  }

  /**
   * Replaces all endpoints atomically. If it fails, the previous ones stay.
   *
   * @throws IllegalArgumentException naming the invalid line, without its content; or if the file
   *     no longer contains an endpoint
   */
  public synchronized void replace(String newText) {
    if (newText.equals(text)) {
      return;
    }
    SortedMap<String, WebhookEndpoint> read = parse(newText);
    if (read.isEmpty() && !endpoints.isEmpty()) { // It may be half written.
      throw new IllegalArgumentException("expected at least one endpoint, found none");
    }
    log.info("Loaded {} webhook endpoints", read.size());
    endpoints = read;
    text = newText;
  }

  /** Returns the endpoints by name. */
  public SortedMap<String, WebhookEndpoint> byName() {
    return endpoints;
  }
}
