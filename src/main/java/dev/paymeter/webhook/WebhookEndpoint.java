package dev.paymeter.webhook;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * An endpoint of webhooks. Its line in the endpoints file has four or five words: name, URL, types
 * separated by commas or {@code *} for all, secret, and during a rotation a second secret.
 *
 * @param types the types of events that the endpoint receives; empty for all
 * @param secrets one or two; each signs every webhook
 */
public record WebhookEndpoint(
    String name, URI url, Set<String> types, List<WebhookSecret> secrets) {
  /** The types of events, besides {@link #RESET}. */
  private static final List<String> STATES =
      List.of(
          "pending", "unknown", "success", "failed", "partially_refunded", "refunded", "withdrawn");

  /** The type of the webhook that reports that the ledger went back in time. */
  public static final String RESET = "reset";

  private static final String ALL = "*";
  private static final int WORDS = 4;
  private static final int MAX_URL = 2048;
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

  public WebhookEndpoint {
    types = Set.copyOf(types);
    secrets = List.copyOf(secrets);
  }

  /**
   * Creates an endpoint with a new secret.
   *
   * @param types as in the endpoints file
   * @throws IllegalArgumentException if an argument is invalid; the message is the expected value
   */
  public static WebhookEndpoint create(String name, String url, String types) {
    return parse(String.join(" ", name, url, types, WebhookSecret.generate().text()));
  }

  /**
   * Reads a line of the endpoints file.
   *
   * @throws IllegalArgumentException if the line is invalid; the message is the expected value
   */
  static WebhookEndpoint parse(String line) {
    List<String> words = Arrays.asList(line.strip().split("\\s+"));
    require(
        words.size() == WORDS || words.size() == WORDS + 1,
        "four words: name, URL, types, secret; and optionally a second secret");
    require(
        NAME.matcher(words.get(0)).matches(),
        "a name of 1 to 64 lower-case letters, digits, dots, hyphens, underscores");
    return new WebhookEndpoint(
        words.get(0),
        url(words.get(1)),
        types(words.get(2)),
        words.subList(WORDS - 1, words.size()).stream().map(WebhookSecret::new).toList());
  }

  private static URI url(String text) {
    try {
      URI url = new URI(text);
      require(
          text.length() <= MAX_URL
              && ("https".equals(url.getScheme()) || "http".equals(url.getScheme()))
              && url.getHost() != null
              && url.getRawUserInfo() == null
              && url.getRawFragment() == null
              && url.getPort() <= 65535,
          "an https URL with a host, without user and fragment");
      return url;
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("an https URL", e);
    }
  }

  private static Set<String> types(String text) {
    if (text.equals(ALL)) {
      return Set.of();
    }
    Set<String> types = new LinkedHashSet<>(Arrays.asList(text.split(",", -1)));
    require(knownTypes().containsAll(types), "* or types of " + String.join(", ", knownTypes()));
    return types;
  }

  /** Returns the types of events, in the order of the documentation. */
  public static Set<String> knownTypes() {
    Set<String> known =
        STATES.stream()
            .map(state -> "payment." + state)
            .collect(Collectors.toCollection(LinkedHashSet::new));
    known.add(RESET);
    return known;
  }

  private static void require(boolean isMet, String expected) {
    if (!isMet) {
      throw new IllegalArgumentException(expected);
    }
  }

  /** Returns whether the endpoint receives events of a type. */
  boolean receives(String type) {
    return types.isEmpty() || types.contains(type);
  }

  /** Returns the value of the header {@code webhook-signature}: a signature of each secret. */
  public String signature(String id, long timestamp, String body) {
    return secrets.stream()
        .map(secret -> secret.sign(id, timestamp, body))
        .collect(Collectors.joining(" "));
  }

  /** Returns the line for the endpoints file, with its secrets. */
  public String line() {
    return String.join(
        " ",
        name,
        url.toString(),
        types.isEmpty() ? ALL : types.stream().sorted().collect(Collectors.joining(",")),
        secrets.stream().map(WebhookSecret::text).collect(Collectors.joining(" ")));
  }

  @Override // A URL may contain a secret.
  public String toString() {
    return "WebhookEndpoint[" + name + "]";
  }
}
