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
 * Keeps card numbers out of traces: Vert.x begins a request's span, with all of its URL, before any
 * handler of ours could refuse it.
 */
final class CardRedactingTracer<I, O> implements VertxTracer<I, O> {
  private static final String NOT_SHOWN = "card number (not shown)";

  private final VertxTracer<I, O> tracer;

  CardRedactingTracer(VertxTracer<I, O> tracer) {
    this.tracer = tracer;
  }

  private static String without(String text) {
    return CardNumberDetector.isInUri(text) ? NOT_SHOWN : text;
  }

  private record Cardless<T>(TagExtractor<T> tags) implements TagExtractor<T> {
    @Override
    public int len(T about) {
      return tags.len(about);
    }

    @Override
    public String name(T about, int index) {
      return tags.name(about, index);
    }

    @Override
    public @Nullable String value(T about, int index) {
      String value = tags.value(about, index);
      return value == null ? null : without(value);
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
        context, kind, policy, request, without(operation), headers, new Cardless<>(tags));
  }

  @Override
  public <R> void sendResponse(
      Context context, R response, I request, @Nullable Throwable failure, TagExtractor<R> tags) {
    tracer.sendResponse(context, response, request, failure, new Cardless<>(tags));
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
        context, kind, policy, request, without(operation), headers, new Cardless<>(tags));
  }

  @Override
  public <R> void receiveResponse(
      Context context, R response, O request, @Nullable Throwable failure, TagExtractor<R> tags) {
    tracer.receiveResponse(context, response, request, failure, new Cardless<>(tags));
  }

  @Override
  public void close() {
    tracer.close();
  }
}
