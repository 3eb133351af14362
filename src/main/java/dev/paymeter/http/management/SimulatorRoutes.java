package dev.paymeter.http.management;

import dev.paymeter.http.Responses;
import dev.paymeter.http.StrictJsonParser;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;

/**
 * Routes that show and change the injected faults of the simulated gateways: {@code GET}, {@code
 * PATCH} and {@code DELETE /simulator}.
 */
final class SimulatorRoutes {
  static final String PATH = "/simulator";

  private final SimulatorControl simulatorControl;

  private SimulatorRoutes(SimulatorControl switches) {
    this.simulatorControl = switches;
  }

  static void add(Router router, SimulatorControl switches) {
    SimulatorRoutes routes = new SimulatorRoutes(switches);
    router.get(PATH).handler(routes::show);
    router
        .patch(PATH)
        .handler(BodyHandler.create(false).setBodyLimit(SamplingRoutes.BODY_LIMIT))
        .handler(routes::change);
    router.delete(PATH).handler(routes::clear);
    router.route(PATH).handler(request -> Responses.rejectMethod(request, "GET, PATCH, DELETE"));
  }

  private void show(RoutingContext request) {
    Responses.send(request, 200, Responses.JSON, simulatorControl.show().toBuffer());
  }

  private void change(RoutingContext request) {
    simulatorControl.change(StrictJsonParser.body(request));
    show(request);
  }

  private void clear(RoutingContext request) {
    simulatorControl.clear();
    show(request);
  }
}
