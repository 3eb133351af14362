package dev.paymeter.app;

import dev.paymeter.app.config.Settings;
import dev.paymeter.metrics.ObservationPipeline;
import dev.paymeter.payment.port.OperationTimes;
import dev.paymeter.payment.port.Pages;
import dev.paymeter.payment.port.Pauses;
import io.vertx.core.Vertx;

/** What all modules of the service are built on. */
record ModuleContext(
    Settings settings,
    Vertx vertx,
    ObservationPipeline pipeline,
    Pages pages,
    Pauses pauses,
    OperationTimes times) {
  ModuleContext(Settings settings, Vertx vertx, ObservationPipeline pipeline) {
    this(
        settings,
        vertx,
        pipeline,
        new Pages(),
        new TimerPauses(vertx),
        new OperationTimes(pipeline, System::nanoTime));
  }
}
