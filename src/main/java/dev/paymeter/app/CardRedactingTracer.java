package dev.paymeter.app;

import dev.paymeter.security.CardNumberDetector;
import io.vertx.core.Context;
import io.vertx.core.spi.tracing.SpanKind;
import io.vertx.core.spi.tracing.TagExtractor;
import io.vertx.core.spi.tracing.VertxTracer;
import io.vertx.core.tracing.TracingPolicy;
import java.util.Map.Entry;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Tracer that removes card numbers from spans. Vert.x starts the span of a request, with its full
 * URL, before any handler can reject the request.
 */
final class CardRedactingTracer<I, O> implements VertxTracer<I, O> {
  private static final String REDACTED = "card number (not shown)";

  private final VertxTracer<I, O> tracer;

  CardRedactingTracer(VertxTracer<I, O> tracer) {
    this.tracer = tracer;
  }

  private static String redact(String text) {
    return CardNumberDetector.uriContainsCardNumber(text) ? REDACTED : text;
  }

  private record RedactingTags<T>(TagExtractor<T> tags) implements TagExtractor<T> {
    @Override
    public int len(T source) {
      return tags.len(source);
    }

    @Override
    public String name(T source, int index) {
      return tags.name(source, index);
    }

    @Override
    public @Nullable String value(T source, int index) {
      String value = tags.value(source, index);
      return value == null ? null : redact(value);
    }
  }

  @Override
  public <R> I receiveRequest(
      Context context,
      SpanKind kind,
      TracingPolicy policy,
      R request,
      String operation,
      Iterable<Entry<String, String>> headers,
      TagExtractor<R> tags) {
    return tracer.receiveRequest(
        context, kind, policy, request, redact(operation), headers, new RedactingTags<>(tags));
  }

  @Override
  public <R> void sendResponse(
      Context context, R response, I request, @Nullable Throwable failure, TagExtractor<R> tags) {
    tracer.sendResponse(context, response, request, failure, new RedactingTags<>(tags));
  }

  @Override
  public <R> O sendRequest(
      Context context,
      SpanKind kind,
      TracingPolicy policy,
      R request,
      String operation,
      BiConsumer<String, String> headers,
      TagExtractor<R> tags) {
    return tracer.sendRequest(
        context, kind, policy, request, redact(operation), headers, new RedactingTags<>(tags));
  }

  @Override
  public <R> void receiveResponse(
      Context context, R response, O request, @Nullable Throwable failure, TagExtractor<R> tags) {
    tracer.receiveResponse(context, response, request, failure, new RedactingTags<>(tags));
  }

  @Override
  public void close() {
    tracer.close();
  }
}
