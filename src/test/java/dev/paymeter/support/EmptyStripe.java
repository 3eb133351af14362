package dev.paymeter.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * An account at Stripe without payments and disputes, for services that receive webhooks: a server
 * for what they read at their start and after a webhook, and the secret of an endpoint.
 */
public final class EmptyStripe implements AutoCloseable {
  /** The header with the signature of a webhook. */
  public static final String HEADER = "Stripe-Signature";

  private static final String SECRET = "whsec_0123456789abcdef0123456789abcdef";
  private static final String ACCOUNT = "{\"id\":\"acct_1\",\"object\":\"account\"}";
  private static final String NO_PAYMENTS =
      "{\"object\":\"list\",\"url\":\"/v1/payment_intents\",\"data\":[],\"has_more\":false}";

  private static final String ERROR = "{\"error\":{\"type\":\"api_error\"}}";

  private final HttpServer server;
  private volatile boolean failsDisputes;

  public EmptyStripe() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/v1/account", exchange -> respond(exchange, 200, ACCOUNT));
    server.createContext("/v1/payment_intents", exchange -> respond(exchange, 200, NO_PAYMENTS));
    server.createContext(
        "/v1/disputes", exchange -> respond(exchange, failsDisputes ? 500 : 404, ERROR));
    server.start();
  }

  /** Makes requests for a dispute fail; otherwise, there is none with any id. */
  public void failDisputes(boolean fails) {
    failsDisputes = fails;
  }

  private static void respond(HttpExchange exchange, int status, String json) throws IOException {
    byte[] body = json.getBytes(UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  /**
   * Returns the settings of a gateway at this account that receives webhooks.
   *
   * @param directory for the file of secrets
   */
  public Map<String, String> settings(String gateway, Path directory) throws IOException {
    String prefix = "gateways." + gateway + ".";
    Path secrets = Files.writeString(directory.resolve(gateway + "-secrets"), SECRET);
    return Map.of(
        prefix + "kind",
        "stripe",
        prefix + "url",
        "http://127.0.0.1:" + server.getAddress().getPort(),
        prefix + "secret-key",
        "sk_test_secret",
        prefix + "webhook-secrets-file",
        secrets.toString());
  }

  /** Returns the signature of a body, made now. */
  public static String sign(String body) {
    try {
      long now = Instant.now().getEpochSecond();
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(SECRET.getBytes(UTF_8), "HmacSHA256"));
      byte[] signature = mac.doFinal((now + "." + body).getBytes(UTF_8));
      return "t=" + now + ",v1=" + HexFormat.of().formatHex(signature);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
