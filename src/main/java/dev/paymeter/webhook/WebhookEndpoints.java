package dev.paymeter.webhook;

import dev.paymeter.security.EntryLines;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The endpoints of the endpoints file (see {@link EntryLines} and {@link WebhookEndpoint}). Safe
 * from any thread.
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
    return new TreeMap<>(
        EntryLines.parse(text, WebhookEndpoint::parse, WebhookEndpoint::name, "name"));
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
