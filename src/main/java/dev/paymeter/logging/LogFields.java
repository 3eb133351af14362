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
 * Log fields of the current request, stored in its Vert.x context. Each request has its own
 * context, in which its timers, futures and database calls complete. Vert.x loads this class
 * through {@code META-INF/services}.
 */
public final class LogFields implements VertxServiceProvider {
  @SuppressWarnings("rawtypes") // A context local is registered by class.
  private static final ContextLocal<Map> FIELDS = ContextLocal.registerLocal(Map.class);

  /** Loads this class, because context locals must be registered before Vert.x is created. */
  @Override
  public void init(VertxBootstrap bootstrap) {}

  /** Sets the fields of all further log lines of the current request, and adds its trace id. */
  public static void set(Map<String, String> fields) {
    Context context = Vertx.currentContext();
    if (context == null) {
      throw new IllegalStateException(
          "log fields can only be set on the Vert.x context of a request");
    }
    Map<String, String> all = new HashMap<>(fields);
    SpanContext span = Span.current().getSpanContext();
    if (span.isValid()) {
      all.put("trace_id", span.getTraceId());
    }
    FIELDS.put(context, Map.copyOf(all));
  }

  public static void add(Map<String, String> fields) {
    Map<String, String> all = new HashMap<>(current());
    all.putAll(fields);
    set(all);
  }

  /** Returns the current request's fields; none outside of requests. */
  @SuppressWarnings("unchecked")
  public static Map<String, String> current() {
    Context context = Vertx.currentContext();
    Map<String, String> fields = context == null ? null : FIELDS.get(context);
    return fields == null ? Map.of() : fields;
  }
}
