package dev.paymeter.support.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.PushPromiseHandler;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow.Subscriber;
import java.util.concurrent.Flow.Subscription;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/**
 * HTTP clients of the tests. Each exchange with the API is checked against its description; a
 * mismatch fails the test: see {@link ApiConformanceExtension}.
 */
public final class TestHttp {
  private TestHttp() {}

  /** Returns a client with the JDK's defaults. */
  public static HttpClient client() {
    return client(builder -> builder);
  }

  public static HttpClient client(UnaryOperator<HttpClient.Builder> settings) {
    return new CheckingClient(settings.apply(HttpClient.newBuilder()).build());
  }

  /** A client that checks each response before it returns it. */
  private static final class CheckingClient extends HttpClient {
    private final HttpClient client;

    CheckingClient(HttpClient client) {
      this.client = client;
    }

    private static <T> BodyHandler<T> checked(HttpRequest request, BodyHandler<T> handler) {
      return ApiConformanceResults.isApiPath(request.uri().getRawPath())
          ? info -> new CheckedBody<>(request, info, handler.apply(info))
          : handler;
    }

    @Override
    public <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler)
        throws IOException, InterruptedException {
      return client.send(request, checked(request, handler));
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(
        HttpRequest request, BodyHandler<T> handler) {
      return client.sendAsync(request, checked(request, handler));
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(
        HttpRequest request, BodyHandler<T> handler, PushPromiseHandler<T> pushed) {
      return client.sendAsync(request, checked(request, handler), pushed);
    }

    @Override
    public Optional<CookieHandler> cookieHandler() {
      return client.cookieHandler();
    }

    @Override
    public Optional<Duration> connectTimeout() {
      return client.connectTimeout();
    }

    @Override
    public Redirect followRedirects() {
      return client.followRedirects();
    }

    @Override
    public Optional<ProxySelector> proxy() {
      return client.proxy();
    }

    @Override
    public SSLContext sslContext() {
      return client.sslContext();
    }

    @Override
    public SSLParameters sslParameters() {
      return client.sslParameters();
    }

    @Override
    public Optional<Authenticator> authenticator() {
      return client.authenticator();
    }

    @Override
    public Version version() {
      return client.version();
    }

    @Override
    public Optional<Executor> executor() {
      return client.executor();
    }
  }

  /** Copies a body, and checks it when it is complete; an event stream, event by event. */
  private static final class CheckedBody<T> implements BodySubscriber<T> {
    private static final String END_OF_EVENT = "\n\n";

    private final HttpRequest request;
    private final ResponseInfo info;
    private final BodySubscriber<T> reader;
    private final boolean isStream;
    private final ByteArrayOutputStream copy = new ByteArrayOutputStream();

    CheckedBody(HttpRequest request, ResponseInfo info, BodySubscriber<T> reader) {
      this.request = request;
      this.info = info;
      this.reader = reader;
      this.isStream =
          info.headers().firstValue("Content-Type").orElse("").startsWith("text/event-stream");
    }

    @Override
    public CompletionStage<T> getBody() {
      return reader.getBody();
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      reader.onSubscribe(subscription);
    }

    @Override
    public void onNext(List<ByteBuffer> some) {
      some.forEach(buffer -> copy.writeBytes(bytes(buffer.duplicate())));
      if (isStream) {
        checkWholeEvents();
      }
      reader.onNext(some);
    }

    @Override
    public void onError(Throwable failure) {
      reader.onError(failure);
    }

    @Override
    public void onComplete() {
      check(copy.toByteArray());
      reader.onComplete();
    }

    /** Clients close a stream without notice, so it may have no end. */
    private void checkWholeEvents() {
      String text = copy.toString(UTF_8);
      int end = text.lastIndexOf(END_OF_EVENT) + END_OF_EVENT.length();
      if (end > END_OF_EVENT.length()) {
        check(text.substring(0, end).getBytes(UTF_8));
        copy.reset();
        copy.writeBytes(text.substring(end).getBytes(UTF_8));
      }
    }

    private void check(byte[] body) {
      String query = request.uri().getRawQuery();
      ApiConformanceResults.check(
          new HttpExchangeRecord(
              request.method(),
              request.uri().getRawPath() + (query == null ? "" : "?" + query),
              request.headers().map(),
              request.bodyPublisher().map(CheckedBody::bytes).orElse(new byte[0]),
              info.statusCode(),
              info.headers().map().entrySet().stream()
                  .filter(header -> !header.getKey().startsWith(":"))
                  .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)),
              body));
    }

    private static byte[] bytes(ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.get(bytes);
      return bytes;
    }

    /** Reads a body. The JDK's publishers of texts and bytes deliver at once, and repeatedly. */
    private static byte[] bytes(HttpRequest.BodyPublisher publisher) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      CompletableFuture<byte[]> whole = new CompletableFuture<>();
      publisher.subscribe(
          new Subscriber<>() {
            @Override
            public void onSubscribe(Subscription subscription) {
              subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(ByteBuffer buffer) {
              bytes.writeBytes(bytes(buffer));
            }

            @Override
            public void onError(Throwable failure) {
              whole.completeExceptionally(failure);
            }

            @Override
            public void onComplete() {
              whole.complete(bytes.toByteArray());
            }
          });
      return whole.join();
    }
  }
}
