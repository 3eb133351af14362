package dev.paymeter.bus;

import dev.paymeter.payment.port.HintOutcome;
import dev.paymeter.payment.port.OperationTimer;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import dev.paymeter.payment.service.HintService;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/** Handles this process's webhooks of gateways. Stateless; deploy one for each event loop. */
public final class GatewayWebhookVerticle extends VerticleBase {
  private final HintService hintService;
  private final OperationTimer timer;

  public GatewayWebhookVerticle(HintService hintService, OperationTimer timer) {
    this.hintService = hintService;
    this.timer = timer;
  }

  @Override
  public Future<?> start() {
    return LocalRequests.serve(
        vertx, timer, Addresses.GATEWAY_WEBHOOK, Operation.BUS_GATEWAYS_WEBHOOK, this::receive);
  }

  private Future<HintOutcome> receive(ReceiveWebhook webhook) {
    return hintService.receive(
        webhook.gateway(), webhook.headers()::getAll, webhook.body().toString());
  }
}
