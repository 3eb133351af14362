package dev.paymeter.http.management;

import dev.paymeter.http.AuditTrail;
import dev.paymeter.http.QueryString;
import dev.paymeter.http.RequestIds;
import dev.paymeter.http.Responses;
import dev.paymeter.http.Routes;
import dev.paymeter.json.DeadLetterQuery;
import dev.paymeter.payment.OperatorAction.Kind;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.security.Scope;
import dev.paymeter.webhook.DeadLetter;
import dev.paymeter.webhook.WebhookAdministration;
import dev.paymeter.webhook.WebhookTotals;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Routes of the operators of outgoing webhooks: the endpoints with their numbers, and the dead
 * letters, which contain payments and so need the scope {@code read}, too.
 */
final class WebhookRoutes {
  static final String ROOT = "/webhooks";

  private final Supplier<Future<OperatorPorts>> ports;

  private WebhookRoutes(Supplier<Future<OperatorPorts>> ports) {
    this.ports = ports;
  }

  static void add(Routes routes, Supplier<Future<OperatorPorts>> ports) {
    new WebhookRoutes(ports).add(routes);
  }

  private void add(Routes routes) {
    String endpoint = ROOT + "/:endpoint";
    String letters = endpoint + "/dead-letters";
    String resendAll = letters + "/resend";
    String letter = letters + "/:letter";
    String resend = letter + "/resend";
    String enable = endpoint + "/enable";
    routes.router().route(ROOT + "*").handler(RequestIds::assign);
    routes.readOnly(ROOT, Routes.withoutParameters(this::list));
    routes.list(letters, this::listLetters);
    routes.rejectOthers(letters, "GET, HEAD");
    action(routes, Kind.RESEND, resendAll, request -> resend(request, Optional.empty()));
    routes.rejectOthers(resendAll, "POST");
    routes.read(letter, this::showLetter);
    routes.rejectOthers(letter, "GET, HEAD");
    action(
        routes,
        Kind.RESEND,
        resend,
        request -> resend(request, Optional.of(request.pathParam("letter"))));
    routes.rejectOthers(resend, "POST");
    action(routes, Kind.ENABLE, enable, this::enable);
    routes.rejectOthers(enable, "POST");
  }

  private static void action(
      Routes routes, Kind kind, String path, Handler<RoutingContext> handler) {
    routes.action(Scope.OPERATE, kind, path, WebhookRoutes::subject, Routes.withoutFields(handler));
  }

  private static String subject(RoutingContext request) {
    String letter = request.pathParam("letter");
    String endpoint = "endpoint " + request.pathParam("endpoint");
    return letter == null ? endpoint : endpoint + ", webhook " + letter;
  }

  private void list(RoutingContext request) {
    respond(
        request,
        (webhooks, name) ->
            webhooks
                .totals()
                .map(totals -> data(totals.stream().map(each -> write(webhooks, each)).toList())));
  }

  private void listLetters(RoutingContext request) {
    DeadLetterQuery query = DeadLetterQuery.read(QueryString.parse(request.request().query()));
    respond(
        request,
        (webhooks, name) ->
            webhooks
                .deadLetters(name, query.after(), query.limit())
                .map(letters -> page(letters, query.limit())));
  }

  private void showLetter(RoutingContext request) {
    respond(
        request,
        (webhooks, name) ->
            webhooks
                .deadLetter(name, request.pathParam("letter"))
                .map(letter -> write(letter).put("body", new JsonObject(letter.content().body()))));
  }

  private void respond(
      RoutingContext request, BiFunction<WebhookAdministration, String, Future<JsonObject>> read) {
    administer(request, read)
        .onComplete(json -> Responses.sendJson(request, 200, json), request::fail);
  }

  private <T> Future<T> administer(
      RoutingContext request, BiFunction<WebhookAdministration, String, Future<T>> work) {
    return ports
        .get()
        .compose(
            used ->
                Futures.attemptOrReject(
                    () -> work.apply(webhooks(used), request.pathParam("endpoint"))));
  }

  /** Returns the webhooks of this instance. */
  private static WebhookAdministration webhooks(OperatorPorts ports) {
    return ports
        .webhooks()
        .orElseThrow(
            () -> RequestRejectedException.notFound("The setting webhooks.endpoints is not set."));
  }

  private void resend(RoutingContext request, Optional<String> letter) {
    administer(request, (webhooks, endpoint) -> webhooks.resend(endpoint, letter))
        .onComplete(
            resent -> {
              AuditTrail.describe(request, resent + " resent");
              Responses.sendJson(request, 200, new JsonObject().put("resent", resent));
            },
            request::fail);
  }

  private void enable(RoutingContext request) {
    administer(request, WebhookAdministration::enable)
        .onComplete(
            wasDisabled -> {
              AuditTrail.describe(request, wasDisabled ? "enabled" : "was enabled");
              Responses.sendJson(request, 200, new JsonObject().put("was_disabled", wasDisabled));
            },
            request::fail);
  }

  private static JsonObject data(List<JsonObject> items) {
    return new JsonObject().put("data", new JsonArray(items));
  }

  /** A full page is followed by another one, possibly empty. */
  private static JsonObject page(List<DeadLetter> letters, int limit) {
    JsonObject page = data(letters.stream().map(WebhookRoutes::write).toList());
    return letters.size() < limit
        ? page
        : page.put("next", Long.toString(letters.get(letters.size() - 1).number()));
  }

  /** Leaves out the path of the URL, which may contain a secret. */
  private static JsonObject write(WebhookAdministration webhooks, WebhookTotals totals) {
    return new JsonObject()
        .put("name", totals.endpoint())
        .put("host", webhooks.endpoint(totals.endpoint()).url().getHost())
        .put("due", totals.due())
        .put("delivered", totals.delivered())
        .put("waiting", totals.waiting())
        .put("dead", totals.dead())
        .put("oldest_waiting_seconds", totals.oldestWaiting().toMillis() / 1000.0)
        .put("disabled", totals.isDisabled());
  }

  private static JsonObject write(DeadLetter letter) {
    @Nullable Object payment = letter.content().payment();
    JsonObject json =
        new JsonObject().put("id", letter.content().id()).put("type", letter.content().type());
    if (payment != null) {
      json.put("payment_id", payment.toString());
    }
    return json.put("due_at", letter.dueAt().toString())
        .put("dead_at", letter.deadAt().toString())
        .put("attempts", letter.attempts())
        .put("error", letter.error());
  }
}
