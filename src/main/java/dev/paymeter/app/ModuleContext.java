package dev.paymeter.app;

import dev.paymeter.app.config.Settings;
import dev.paymeter.metrics.MetricsPipeline;
import dev.paymeter.payment.port.LedgerSegments;
import dev.paymeter.payment.port.OperationTimer;
import dev.paymeter.payment.port.Scheduler;
import io.vertx.core.Vertx;

/** Shared parts of all modules. */
record ModuleContext(
    Settings settings,
    Vertx vertx,
    MetricsPipeline pipeline,
    LedgerSegments ledgerSegments,
    Scheduler scheduler,
    OperationTimer times) {
  ModuleContext(Settings settings, Vertx vertx, MetricsPipeline pipeline) {
    this(
        settings,
        vertx,
        pipeline,
        new LedgerSegments(),
        new VertxScheduler(vertx),
        new OperationTimer(pipeline, System::nanoTime));
  }
}
