package dev.paymeter.logging;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxBootstrap;
import io.vertx.core.spi.VertxServiceProvider;
import io.vertx.core.spi.context.storage.ContextLocal;
import java.util.HashMap;
import java.util.Map;

/**
 * The fields of the request that is at work, kept with the Vert.x context: each request has a
 * context of its own, and timers, futures and database calls come back to it. Vert.x finds this
 * class through {@code META-INF/services}.
 */
public final class LogFields implements VertxServiceProvider {
  @SuppressWarnings("rawtypes") // A context local is known by its class.
  private static final ContextLocal<Map> FIELDS = ContextLocal.registerLocal(Map.class);

  /** Loads the class: context locals are registered before the first Vert.x exists. */
  @Override
  public void init(VertxBootstrap bootstrap) {}

  /** Sets the fields that each later line of the current request carries, beside its trace. */
  public static void set(Map<String, String> fields) {
    Context context = Vertx.currentContext();
    if (context == null) {
      throw new IllegalStateException("log fields belong to a request's Vert.x context");
    }
    Map<String, String> all = new HashMap<>(fields);
    SpanContext span = Span.current().getSpanContext();
    if (span.isValid()) {
      all.put("trace_id", span.getTraceId());
    }
    FIELDS.put(context, Map.copyOf(all));
  }

  /** Adds fields to those of the current request. */
  public static void add(Map<String, String> fields) {
    Map<String, String> all = new HashMap<>(current());
    all.putAll(fields);
    set(all);
  }

  /** The current request's fields; none where no request is at work. */
  @SuppressWarnings("unchecked")
  public static Map<String, String> current() {
    Context context = Vertx.currentContext();
    Map<String, String> fields = context == null ? null : FIELDS.get(context);
    return fields == null ? Map.of() : fields;
  }
}
