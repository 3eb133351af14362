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
 * The traces of requests: those of clients are gone on with, for logs, exemplars and the console;
 * where there is an OTLP endpoint, requests without one begin their own, and all are sent there
 * over HTTP, under the names of OpenTelemetry's conventions.
 */
final class Tracing implements AutoCloseable {
  private static final long LONGEST_FLUSH_SECONDS = 5;

  private final OpenTelemetrySdk sdk;
  private final TracingPolicy requests;

  private Tracing(SdkTracerProvider provider, TracingPolicy requests) {
    this.sdk =
        OpenTelemetrySdk.builder()
            .setTracerProvider(provider)
            .setPropagators(ContextPropagators.create(W3CTraceContextPropagator.getInstance()))
            .build();
    this.requests = requests;
  }

  /**
   * @param endpoint such as {@code http://localhost:4318/v1/traces}; absent where nobody wants them
   */
  static Tracing to(Optional<String> endpoint, String instanceId) {
    SdkTracerProviderBuilder provider = SdkTracerProvider.builder();
    if (endpoint.isEmpty()) { // Nobody could look up what began here.
      return new Tracing(provider.build(), TracingPolicy.PROPAGATE);
    }
    return new Tracing(
        provider.setResource(resource(instanceId)).addSpanProcessor(sender(endpoint.get())).build(),
        TracingPolicy.ALWAYS);
  }

  private static Resource resource(String instanceId) {
    return Resource.getDefault()
        .merge(
            Resource.create(
                Attributes.of(
                    AttributeKey.stringKey("service.name"),
                    "paymeter",
                    AttributeKey.stringKey("service.instance.id"),
                    instanceId)));
  }

  private static BatchSpanProcessor sender(String endpoint) {
    return BatchSpanProcessor.builder(OtlpHttpSpanExporter.builder().setEndpoint(endpoint).build())
        .build();
  }

  /** Which requests have a trace. */
  TracingPolicy requests() {
    return requests;
  }

  VertxTracerFactory factory() {
    OpenTelemetryTracingFactory telemetry = new OpenTelemetryTracingFactory(sdk);
    return options -> new CardRedactingTracer<>(telemetry.tracer(options));
  }

  /** Sends what is left, within a bound. */
  @Override
  public void close() {
    sdk.getSdkTracerProvider().shutdown().join(LONGEST_FLUSH_SECONDS, TimeUnit.SECONDS);
  }
}
