package dev.paymeter;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.vertx.core.spi.VertxTracerFactory;
import io.vertx.tracing.opentelemetry.OpenTelemetryTracingFactory;
import java.util.concurrent.TimeUnit;

/** Traces to an OTLP endpoint over HTTP, under the names of OpenTelemetry's conventions. */
final class Tracing implements AutoCloseable {
  private static final long LONGEST_FLUSH_SECONDS = 5;

  private final OpenTelemetrySdk sdk;

  /**
   * @param endpoint such as {@code http://localhost:4318/v1/traces}
   */
  Tracing(String endpoint, String instanceId) {
    Resource resource =
        Resource.getDefault()
            .merge(
                Resource.create(
                    Attributes.of(
                        AttributeKey.stringKey("service.name"),
                        "paymeter",
                        AttributeKey.stringKey("service.instance.id"),
                        instanceId)));
    SdkTracerProvider provider =
        SdkTracerProvider.builder()
            .setResource(resource)
            .addSpanProcessor(
                BatchSpanProcessor.builder(
                        OtlpHttpSpanExporter.builder().setEndpoint(endpoint).build())
                    .build())
            .build();
    sdk =
        OpenTelemetrySdk.builder()
            .setTracerProvider(provider)
            .setPropagators(ContextPropagators.create(W3CTraceContextPropagator.getInstance()))
            .build();
  }

  VertxTracerFactory factory() {
    return new OpenTelemetryTracingFactory(sdk);
  }

  /** Sends what is left, within a bound. */
  @Override
  public void close() {
    sdk.getSdkTracerProvider().shutdown().join(LONGEST_FLUSH_SECONDS, TimeUnit.SECONDS);
  }
}
