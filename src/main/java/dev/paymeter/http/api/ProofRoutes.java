package dev.paymeter.http.api;

import dev.paymeter.http.QueryString;
import dev.paymeter.http.Responses;
import dev.paymeter.http.Routes;
import dev.paymeter.json.ProofQueryReader;
import dev.paymeter.json.ProofQueryReader.ProofQuery;
import dev.paymeter.metrics.alerts.SeriesSelector;
import dev.paymeter.metrics.proof.InstanceProof;
import dev.paymeter.metrics.proof.Prover;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.LedgerCut;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.math.BigDecimal;
import java.util.TreeMap;

/** Route of the values that follow from the rows of the ledger. */
record ProofRoutes(Prover prover) {
  private static final String PATH = "/v1/proof";

  void add(Routes routes) {
    routes.inspect(PATH, this::show);
    routes.rejectOthers(PATH, "GET, HEAD");
  }

  private void show(RoutingContext request) {
    ProofQuery query =
        ProofQueryReader.read(
            QueryString.parse(request.request().query()),
            LedgerCut::isNumber,
            SeriesSelector::isSelector,
            Prover.MONEY);
    Futures.attemptOrReject(() -> read(query))
        .recover(
            failure ->
                Future.failedFuture(
                    failure instanceof IllegalArgumentException
                        ? RequestRejectedException.notFound(
                            "The cut is not in the ledger: " + failure.getMessage() + ".")
                        : failure))
        .onComplete(proof -> Responses.sendJson(request, 200, write(proof)), request::fail);
  }

  private Future<InstanceProof> read(ProofQuery query) {
    return prover.values(
        query.instanceId(),
        LedgerCut.of(query.after()),
        LedgerCut.of(query.cut()),
        SeriesSelector.parse(query.series()));
  }

  private static JsonObject write(InstanceProof proof) {
    JsonArray series = new JsonArray();
    proof.series().forEach(each -> series.add(write(each)));
    return new JsonObject()
        .put("instance_id", proof.instanceId())
        .put("generation", proof.generation())
        .put("running", proof.isRunning())
        .put("after", proof.after().number())
        .put("cut", proof.upTo().number())
        .put("series", series);
  }

  private static JsonObject write(InstanceProof.SeriesProof proof) {
    return new JsonObject()
        .put("name", proof.sample().name())
        .put("labels", new JsonObject(new TreeMap<>(proof.sample().labels())))
        .put("value", decimal(proof.shown()))
        .put("ledger", decimal(proof.ledger()))
        .put("rows", proof.rows());
  }

  private static String decimal(BigDecimal value) {
    return value.toPlainString();
  }
}
