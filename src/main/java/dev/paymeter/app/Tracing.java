package dev.paymeter.app;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SdkTracerProviderBuilder;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.vertx.core.spi.VertxTracerFactory;
import io.vertx.core.tracing.TracingPolicy;
import io.vertx.tracing.opentelemetry.OpenTelemetryTracingFactory;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Traces of requests. Traces of clients are continued, for logs, exemplars and the console. With an
 * OTLP endpoint, requests without a trace start one, and all spans are exported there over HTTP,
 * with the names of OpenTelemetry's semantic conventions.
 *
 * @param policy selects the requests with a trace
 */
record Tracing(OpenTelemetrySdk sdk, TracingPolicy policy) implements AutoCloseable {
  private static final long FLUSH_TIMEOUT_SECONDS = 5;

  /**
   * @param endpoint such as {@code http://localhost:4318/v1/traces}; empty if traces are not
   *     exported
   */
  static Tracing create(Optional<String> endpoint, String instanceId) {
    SdkTracerProviderBuilder provider = SdkTracerProvider.builder();
    endpoint.ifPresent(
        url -> provider.setResource(resource(instanceId)).addSpanProcessor(exporter(url)));
    OpenTelemetrySdk sdk =
        OpenTelemetrySdk.builder()
            .setTracerProvider(provider.build())
            .setPropagators(ContextPropagators.create(W3CTraceContextPropagator.getInstance()))
            .build();
    // Without an endpoint, a trace that started here could not be looked up.
    return new Tracing(sdk, endpoint.isPresent() ? TracingPolicy.ALWAYS : TracingPolicy.PROPAGATE);
  }

  private static Resource resource(String instanceId) {
    AttributeKey<String> service = AttributeKey.stringKey("service.name");
    AttributeKey<String> instance = AttributeKey.stringKey("service.instance.id");
    Attributes attributes = Attributes.of(service, "paymeter", instance, instanceId);
    return Resource.getDefault().merge(Resource.create(attributes));
  }

  private static BatchSpanProcessor exporter(String endpoint) {
    OtlpHttpSpanExporter exporter = OtlpHttpSpanExporter.builder().setEndpoint(endpoint).build();
    return BatchSpanProcessor.builder(new CardRedactingExporter(exporter)).build();
  }

  VertxTracerFactory factory() {
    return new OpenTelemetryTracingFactory(sdk);
  }

  /** Exports the remaining spans, for a limited time. */
  @Override
  public void close() {
    sdk.getSdkTracerProvider().shutdown().join(FLUSH_TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }
}
