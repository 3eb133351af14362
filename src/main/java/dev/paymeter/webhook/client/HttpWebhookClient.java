package dev.paymeter.webhook.client;

import dev.paymeter.webhook.Attempt;
import dev.paymeter.webhook.Webhook;
import dev.paymeter.webhook.WebhookClient;
import dev.paymeter.webhook.WebhookEndpoint;
import io.netty.util.NetUtil;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Timer;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.ProxyOptions;
import io.vertx.core.net.ProxyType;
import io.vertx.core.net.SocketAddress;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * HTTP client of one endpoint. It resolves the name of the host itself, checks the addresses, and
 * connects to one that it has checked, so that a name cannot change in between. It follows no
 * redirect. All calls are on one context.
 */
public final class HttpWebhookClient implements WebhookClient {
  private static final String USER_AGENT = "Paymeter-Webhooks/1";
  private static final String TIMED_OUT = "no response in time";

  /** A longer body of a response ends its connection. */
  private static final int MAX_BODY_BYTES = 64 << 10;

  /** Digits only; the form of a date is ignored. */
  private static final Pattern SECONDS = Pattern.compile("\\d{1,6}");

  private final Vertx vertx;
  private final WebhookClientOptions options;
  private final AddressPolicy addressPolicy;
  private final HostResolver hostResolver;
  private final Clock clock;
  private final HttpClient client;
  private final Map<String, Future<List<InetAddress>>> resolving = new HashMap<>();

  /**
   * @param clock for the time of the attempts
   */
  public HttpWebhookClient(
      Vertx vertx, WebhookClientOptions options, HostResolver hostResolver, Clock clock) {
    this(vertx, options, hostResolver, clock, http -> {});
  }

  /**
   * Creates a client with further options.
   *
   * @param change sets them
   */
  HttpWebhookClient(
      Vertx vertx,
      WebhookClientOptions options,
      HostResolver hostResolver,
      Clock clock,
      Consumer<HttpClientOptions> change) {
    this.vertx = vertx;
    this.options = options;
    this.addressPolicy = new AddressPolicy(options.allowed());
    this.hostResolver = hostResolver;
    this.clock = clock;
    HttpClientOptions http = clientOptions(options);
    change.accept(http);
    this.client =
        vertx.createHttpClient(http, new PoolOptions().setHttp1MaxSize(options.maxConnections()));
  }

  private static HttpClientOptions clientOptions(WebhookClientOptions options) {
    HttpClientOptions http =
        new HttpClientOptions()
            .setVerifyHost(true)
            .setConnectTimeout(Math.toIntExact(options.timeout().toMillis()))
            .setKeepAliveTimeout(30)
            .setMaxInitialLineLength(4 << 10)
            .setMaxHeaderSize(16 << 10);
    options.proxy().ifPresent(proxy -> http.setProxyOptions(proxy(proxy)));
    return http;
  }

  private static ProxyOptions proxy(URI proxy) {
    ProxyOptions used =
        new ProxyOptions()
            .setType(ProxyType.HTTP)
            .setHost(proxy.getHost())
            .setPort(proxy.getPort() < 0 ? 80 : proxy.getPort());
    @Nullable String user = proxy.getUserInfo();
    if (user != null) {
      String[] parts = user.split(":", 2);
      used.setUsername(parts[0]).setPassword(parts.length < 2 ? "" : parts[1]);
    }
    return used;
  }

  @Override
  public Call send(WebhookEndpoint endpoint, Webhook.Content content) {
    Exchange exchange = new Exchange();
    exchange.start(endpoint, content);
    return exchange;
  }

  @Override
  public void close() {
    client.close();
  }

  /** Returns a permitted address of the host; null if the proxy resolves its name. */
  private Future<@Nullable InetAddress> address(URI url) {
    String host = bare(url.getHost());
    boolean isLiteral = NetUtil.createByteArrayFromIpAddressString(host) != null;
    if (options.proxy().isPresent() && !isLiteral) {
      return url.getScheme().equals("https")
          ? Future.succeededFuture()
          : Future.failedFuture(
              new AddressRejectedException("address rejected: http requires an allowed network"));
    }
    return resolve(host).map(addresses -> permitted(url, addresses));
  }

  /** Removes the brackets of an IPv6 address. */
  private static String bare(String host) {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  /** Concurrent attempts at a host share one resolution. */
  private Future<List<InetAddress>> resolve(String host) {
    Future<List<InetAddress>> current = resolving.get(host);
    if (current == null) {
      current = hostResolver.resolve(host);
      resolving.put(host, current);
      current.onComplete(done -> resolving.remove(host));
    }
    return current;
  }

  private InetAddress permitted(URI url, List<InetAddress> addresses) {
    boolean isPlainText = !url.getScheme().equals("https");
    for (InetAddress address : addresses) {
      if (!addressPolicy.permits(address)) {
        throw new AddressRejectedException("address rejected: it is inside the network");
      }
      if (isPlainText && !addressPolicy.permitsPlainText(address)) {
        throw new AddressRejectedException("address rejected: http requires an allowed network");
      }
    }
    return addresses.get(0);
  }

  private RequestOptions request(
      WebhookEndpoint endpoint, Webhook.Content content, @Nullable InetAddress address) {
    URI url = endpoint.url();
    boolean isHttps = url.getScheme().equals("https");
    int port = url.getPort() < 0 ? (isHttps ? 443 : 80) : url.getPort();
    String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    long timestamp = clock.instant().getEpochSecond();
    RequestOptions request =
        new RequestOptions()
            .setMethod(HttpMethod.POST)
            .setHost(bare(url.getHost()))
            .setPort(port)
            .setSsl(isHttps)
            .setURI(url.getRawQuery() == null ? path : path + "?" + url.getRawQuery())
            .setFollowRedirects(false)
            .setConnectTimeout(options.timeout().toMillis()) // Includes the wait for a connection.
            .putHeader(HttpHeaders.USER_AGENT, USER_AGENT)
            .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
            .putHeader("webhook-id", content.id())
            .putHeader("webhook-timestamp", Long.toString(timestamp))
            .putHeader(
                "webhook-signature", endpoint.signature(content.id(), timestamp, content.body()));
    if (address != null) {
      request.setServer(SocketAddress.inetSocketAddress(port, address.getHostAddress()));
    }
    return request;
  }

  /** An attempt. Its deadline covers resolution, connection and response. */
  private final class Exchange implements Call {
    private final Promise<Attempt> outcome = Promise.promise();
    private final Timer deadline = vertx.timer(options.timeout().toMillis(), TimeUnit.MILLISECONDS);
    private @Nullable HttpClientRequest inFlight;
    private boolean isEnded;

    void start(WebhookEndpoint endpoint, Webhook.Content content) {
      deadline.onSuccess(passed -> end(Attempt.failed(TIMED_OUT)));
      address(endpoint.url())
          .compose(
              address ->
                  isEnded
                      ? Future.failedFuture(TIMED_OUT)
                      : client.request(request(endpoint, content, address)))
          .compose(connected -> exchange(connected, content))
          .onFailure(failure -> end(Attempt.failed(describe(failure))));
    }

    private Future<HttpClientResponse> exchange(
        HttpClientRequest request, Webhook.Content content) {
      request.exceptionHandler(failure -> {}); // The response's future reports it.
      if (isEnded) {
        request.reset();
        return Future.failedFuture(TIMED_OUT);
      }
      inFlight = request;
      return request.send(content.body()).onSuccess(response -> read(request, response));
    }

    /** The head decides; the body is discarded, so that the connection can be used again. */
    private void read(HttpClientRequest request, HttpClientResponse response) {
      int[] left = {MAX_BODY_BYTES};
      Attempt attempt = Attempt.responded(response.statusCode(), retryAfter(response));
      Timer limit = vertx.timer(options.timeout().toMillis(), TimeUnit.MILLISECONDS);
      limit.onSuccess(passed -> request.reset());
      response
          .exceptionHandler(failure -> limit.cancel())
          .endHandler(ended -> limit.cancel())
          .handler(
              part -> {
                left[0] -= part.length();
                if (left[0] < 0) {
                  limit.cancel();
                  request.reset();
                }
              });
      inFlight = null;
      end(attempt);
    }

    private static Duration retryAfter(HttpClientResponse response) {
      @Nullable String value = response.getHeader(HttpHeaders.RETRY_AFTER);
      return value != null && SECONDS.matcher(value).matches()
          ? Duration.ofSeconds(Long.parseLong(value))
          : Duration.ZERO;
    }

    private void end(Attempt attempt) {
      if (!isEnded) {
        stop();
        outcome.complete(attempt);
      }
    }

    private void stop() {
      isEnded = true;
      deadline.cancel();
      HttpClientRequest request = inFlight;
      if (request != null) {
        inFlight = null;
        request.reset().onFailure(closed -> {});
      }
    }

    @Override
    public Future<Attempt> outcome() {
      return outcome.future();
    }

    @Override
    public void cancel() {
      if (!isEnded) {
        stop();
      }
    }
  }

  /** Names the failure; messages may contain addresses inside the network. */
  private static String describe(Throwable failure) {
    if (failure instanceof AddressRejectedException) {
      return String.valueOf(failure.getMessage());
    }
    if (failure instanceof UnknownHostException) {
      return "unknown host";
    }
    return failure instanceof SSLException
        ? "TLS failed"
        : failure instanceof ConnectException ? "not connected" : "connection failed";
  }
}
