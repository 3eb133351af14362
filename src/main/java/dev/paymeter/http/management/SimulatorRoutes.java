package dev.paymeter.http.management;

import dev.paymeter.http.Answers;
import dev.paymeter.http.StrictJson;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;

/**
 * Shows and switches, while the service runs, how the simulated gateways misbehave: {@code GET},
 * {@code PATCH} and {@code DELETE /simulator}.
 */
final class SimulatorRoutes {
  static final String PATH = "/simulator";

  private final SimulatorSwitches switches;

  private SimulatorRoutes(SimulatorSwitches switches) {
    this.switches = switches;
  }

  static void add(Router router, SimulatorSwitches switches) {
    SimulatorRoutes routes = new SimulatorRoutes(switches);
    router.get(PATH).handler(routes::show);
    router
        .patch(PATH)
        .handler(BodyHandler.create(false).setBodyLimit(SamplingRoutes.BODY_LIMIT))
        .handler(routes::change);
    router.delete(PATH).handler(routes::clear);
    router.route(PATH).handler(request -> Answers.refuseMethod(request, "GET, PATCH, DELETE"));
  }

  private void show(RoutingContext request) {
    Answers.send(request, 200, Answers.JSON, switches.show().toBuffer());
  }

  private void change(RoutingContext request) {
    switches.change(StrictJson.body(request));
    show(request);
  }

  private void clear(RoutingContext request) {
    switches.clear();
    show(request);
  }
}
