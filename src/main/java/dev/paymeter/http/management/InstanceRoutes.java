package dev.paymeter.http.management;

import dev.paymeter.bus.CallerContext;
import dev.paymeter.bus.InstanceQuery;
import dev.paymeter.bus.InstanceQuery.Result;
import dev.paymeter.bus.InstanceState;
import dev.paymeter.http.Responses;
import dev.paymeter.http.Routes;
import dev.paymeter.metrics.dashboard.DashboardSampler;
import dev.paymeter.metrics.dashboard.PaymentTotals;
import dev.paymeter.metrics.dashboard.SampleHistory;
import dev.paymeter.metrics.dashboard.ServiceStatus;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Route of the states of all instances of the cluster, side by side. Without a cluster, there are
 * none.
 */
final class InstanceRoutes {
  static final String PATH = OperatorRoutes.ROOT + "/instances";

  private final String instanceId;
  private final Supplier<List<DashboardSampler.Point>> points;
  private final Supplier<@Nullable ServiceStatus> status;
  private final Supplier<Future<PaymentTotals>> totals;
  private final @Nullable InstanceQuery query;

  InstanceRoutes(ConsoleSource source) {
    this.instanceId = source.instanceId();
    this.points = () -> source.points().apply(SampleHistory.Range.MINUTES_15);
    this.status = source.status();
    this.totals = source.totals();
    this.query = source.instances();
  }

  /**
   * Adds the route.
   *
   * @return completes when other instances can ask for the state of this one
   */
  Future<Void> add(Vertx vertx, Routes routes) {
    routes.readOnly(PATH, Routes.withoutParameters(this::respond));
    return query == null ? Future.succeededFuture() : query.serve(vertx, () -> state(vertx));
  }

  /** Returns the state of this instance: its latest sample, its drift and its totals. */
  private Future<InstanceState> state(Vertx vertx) {
    return CallerContext.complete(vertx, totals.get())
        .map(
            counted ->
                new InstanceState(
                    ConsoleJson.drift(status.get()), counted.count(), counted.usd(), latest()));
  }

  private @Nullable JsonObject latest() {
    List<DashboardSampler.Point> samples = points.get();
    return samples.isEmpty() ? null : ConsoleJson.write(samples.get(samples.size() - 1));
  }

  private void respond(RoutingContext request) {
    InstanceQuery used = query;
    if (used == null) {
      Responses.sendJson(request, 200, new JsonObject().put("data", new JsonArray()));
      return;
    }
    state(request.vertx())
        .compose(own -> used.ask(request.vertx()).map(others -> withOwn(own, others)))
        .map(InstanceRoutes::writeAll)
        .onComplete(json -> Responses.sendJson(request, 200, json), request::fail);
  }

  private List<Result> withOwn(InstanceState own, List<Result> others) {
    List<Result> all = new ArrayList<>(others);
    all.add(new Result(instanceId, own, null));
    all.sort(Comparator.comparing(Result::instanceId));
    return all;
  }

  private static JsonObject writeAll(List<Result> all) {
    JsonArray data = new JsonArray();
    long payments = 0;
    BigDecimal usd = BigDecimal.ZERO;
    for (Result each : all) {
      data.add(write(each));
      InstanceState state = each.state();
      if (state != null) {
        payments += state.payments();
        usd = usd.add(state.usd());
      }
    }
    return new JsonObject()
        .put("data", data)
        .put("payments", payments)
        .put("usd", usd.toPlainString());
  }

  private static JsonObject write(Result each) {
    JsonObject json = new JsonObject().put("instance", each.instanceId());
    InstanceQuery.Absence absence = each.absence();
    if (absence != null) {
      write(json, absence);
    }
    InstanceState state = each.state();
    return state == null ? json : json.put("state", state.toJson());
  }

  private static void write(JsonObject json, InstanceQuery.Absence absence) {
    String since = absence.since().toString();
    if (absence.reason() == InstanceQuery.Reason.LEFT) {
      json.put("left_at", since);
    } else {
      json.put("silent_since", since).put("reason", absence.reason().label());
    }
  }
}
