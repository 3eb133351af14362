package dev.paymeter.webhook;

import dev.paymeter.json.EventJson;
import dev.paymeter.payment.Access;
import dev.paymeter.payment.PaymentEvent;
import dev.paymeter.payment.PaymentStatus;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint of webhooks. Its line in the endpoints file has four or five words: name, URL, types
 * separated by commas or {@code *} for all, secret, and during a rotation a second secret. If
 * another word is {@code merchant=} and a name, the endpoint belongs to that merchant.
 *
 * @param types the types of events that the endpoint receives; empty for all
 * @param secrets one or two; each signs every webhook
 * @param merchant whose payments the endpoint receives; null for all payments
 */
public record WebhookEndpoint(
    String name,
    URI url,
    Set<String> types,
    List<WebhookSecret> secrets,
    @Nullable String merchant) {
  /** The type of the webhook that reports that the ledger went back in time. */
  public static final String RESET = "reset";

  private static final String ALL = "*";
  private static final String MERCHANT = "merchant=";
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
   * @param merchant null for the payments of all
   * @throws IllegalArgumentException if an argument is invalid; the message is the expected value
   */
  public static WebhookEndpoint create(
      String name, String url, String types, @Nullable String merchant) {
    String line = String.join(" ", name, url, types, WebhookSecret.generate().text());
    return parse(merchant == null ? line : line + " " + MERCHANT + merchant);
  }

  /**
   * Reads a line of the endpoints file.
   *
   * @throws IllegalArgumentException if the line is invalid; the message is the expected value
   */
  static WebhookEndpoint parse(String line) {
    List<String> words = new ArrayList<>(Arrays.asList(line.strip().split("\\s+")));
    String last = words.get(words.size() - 1);
    @Nullable String merchant =
        last.startsWith(MERCHANT) ? last.substring(MERCHANT.length()) : null;
    if (merchant != null) {
      require(Access.isName(merchant), "a merchant of letters, digits, dots, hyphens");
      words.remove(words.size() - 1);
    }
    require(
        words.size() == WORDS || words.size() == WORDS + 1,
        "four words: name, URL, types, secret; and optionally a second secret, and merchant= and a"
            + " name");
    require(
        NAME.matcher(words.get(0)).matches(),
        "a name of 1 to 64 lower-case letters, digits, dots, hyphens, underscores");
    return new WebhookEndpoint(
        words.get(0),
        url(words.get(1)),
        types(words.get(2)),
        words.subList(WORDS - 1, words.size()).stream().map(WebhookSecret::new).toList(),
        merchant);
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
        Stream.concat(
                Stream.of(PaymentStatus.values()).map(PaymentStatus::label),
                Stream.concat(
                    Stream.of(PaymentEvent.WITHDRAWN, PaymentEvent.REFUND_FAILED),
                    PaymentEvent.DISPUTE_CHANGES.stream()))
            .map(EventJson::type)
            .collect(Collectors.toCollection(LinkedHashSet::new));
    known.add(RESET);
    return known;
  }

  private static void require(boolean isMet, String expected) {
    if (!isMet) {
      throw new IllegalArgumentException(expected);
    }
  }

  /** Returns whether the endpoint receives a reset. */
  boolean receivesResets() {
    return receives(RESET);
  }

  /** Returns whether the endpoint receives an event of a payment. */
  boolean receives(PaymentEvent event) {
    return receives(EventJson.type(event)) && Access.of(merchant).includes(event);
  }

  /**
   * Returns whether a webhook that was queued may still be sent: the endpoint may belong to another
   * merchant since.
   */
  boolean mayReceive(Webhook.Content content) {
    return merchant == null || content.payment() == null || merchant.equals(content.merchant());
  }

  private boolean receives(String type) {
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
    String line =
        String.join(
            " ",
            name,
            url.toString(),
            types.isEmpty() ? ALL : types.stream().sorted().collect(Collectors.joining(",")),
            secrets.stream().map(WebhookSecret::text).collect(Collectors.joining(" ")));
    return merchant == null ? line : line + " " + MERCHANT + merchant;
  }

  @Override // A URL may contain a secret.
  public String toString() {
    return "WebhookEndpoint[" + name + "]";
  }
}
