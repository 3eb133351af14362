package dev.paymeter.app;

import dev.paymeter.security.CardNumberDetector;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.DelegatingSpanData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;

/**
 * Exporter that removes card numbers from spans. Vert.x starts the span of a request, with its full
 * URL, before any handler can reject the request.
 */
record CardRedactingExporter(SpanExporter exporter) implements SpanExporter {
  private static final String REDACTED = "card number (not shown)";

  private static final class RedactedSpan extends DelegatingSpanData {
    RedactedSpan(SpanData span) {
      super(span);
    }

    @Override
    public String getName() {
      return redact(super.getName());
    }

    @Override
    public Attributes getAttributes() {
      AttributesBuilder attributes = super.getAttributes().toBuilder();
      super.getAttributes()
          .forEach(
              (key, value) -> {
                if (value instanceof String text) {
                  attributes.put(key.getKey(), redact(text));
                }
              });
      return attributes.build();
    }

    private static String redact(String text) {
      return CardNumberDetector.uriContainsCardNumber(text) ? REDACTED : text;
    }
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    return exporter.export(spans.stream().<SpanData>map(RedactedSpan::new).toList());
  }

  @Override
  public CompletableResultCode flush() {
    return exporter.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return exporter.shutdown();
  }
}
