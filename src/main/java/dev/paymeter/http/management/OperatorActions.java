package dev.paymeter.http.management;

import dev.paymeter.bus.CreateRefund;
import dev.paymeter.http.ApiKeyAuthHandler;
import dev.paymeter.http.ProblemException;
import dev.paymeter.http.RequestIds;
import dev.paymeter.http.api.MessageSender;
import dev.paymeter.payment.OperatorAction;
import dev.paymeter.payment.OperatorAction.Kind;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.LedgerDifference;
import dev.paymeter.payment.service.RefundResult;
import dev.paymeter.security.Credential;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Actions of operators. Each is committed to the audit trail before it is carried out, and with its
 * outcome afterwards; without the ledger, none is carried out.
 *
 * @param ports fails while the ledger is not open
 */
record OperatorActions(Supplier<Future<OperatorPorts>> ports) implements MessageSender {
  private static final Logger log = LoggerFactory.getLogger(OperatorActions.class);

  /** Sends a request for a refund. */
  @Override
  public <T> Future<T> send(RoutingContext request, String address, Record message) {
    CreateRefund refund = (CreateRefund) message;
    OperatorAction action =
        action(request, Kind.REFUND, refund.payment().toString(), refund.order().reason());
    return record(
        action,
        used -> MessageSender.direct(request, address, message),
        (T result) -> describe((RefundResult) result));
  }

  private static String describe(RefundResult result) {
    return "refund %s %s%s"
        .formatted(
            result.refund().id(),
            result.refund().status().label(),
            result.replayed() ? ", replayed" : "");
  }

  /** Makes the inquiries about a payment due, and returns their number. */
  Future<Integer> inquire(RoutingContext request, UUID payment) {
    return record(
        action(request, Kind.INQUIRY, payment.toString(), null),
        used -> used.inquire(payment),
        due -> due + " due");
  }

  /** Accepts a difference, and returns the accepted values. */
  Future<String> acknowledge(RoutingContext request, LedgerDifference.Acknowledgement accepted) {
    String subject =
        "instance %s, epoch %d, segment %d"
            .formatted(accepted.instanceId(), accepted.epoch(), accepted.segment());
    OperatorAction action = action(request, Kind.ACKNOWLEDGEMENT, subject, accepted.reason());
    return record(
        action,
        used ->
            used.acknowledge(accepted, action.operator())
                .map(done -> done.orElseThrow(OperatorActions::noSuchDifference)),
        done -> done);
  }

  /**
   * Sends dead letters of a webhook endpoint again, and returns their number.
   *
   * @param letter the id of one; empty for the oldest ones
   */
  Future<Integer> resend(RoutingContext request, String endpoint, Optional<String> letter) {
    String subject = "endpoint " + endpoint + letter.map(id -> ", webhook " + id).orElse("");
    return record(
        action(request, Kind.RESEND, subject, null),
        used -> WebhookRoutes.webhooks(used).resend(endpoint, letter),
        resent -> resent + " resent");
  }

  /** Enables a webhook endpoint, and returns whether it was disabled. */
  Future<Boolean> enable(RoutingContext request, String endpoint) {
    return record(
        action(request, Kind.ENABLE, "endpoint " + endpoint, null),
        used -> WebhookRoutes.webhooks(used).enable(endpoint),
        wasDisabled -> wasDisabled ? "enabled" : "was enabled");
  }

  private static RequestRejectedException noSuchDifference() {
    return RequestRejectedException.wrongState(
        "Expected the present difference of the rows; they have changed, or were accepted.");
  }

  private static OperatorAction action(
      RoutingContext request, Kind kind, String subject, @Nullable String reason) {
    Credential operator = ApiKeyAuthHandler.credential(request);
    String name =
        operator.isOfKey() ? operator.name() + " (" + operator.id() + ")" : operator.name();
    return new OperatorAction(name, kind, subject, reason, RequestIds.of(request));
  }

  private <T> Future<T> record(
      OperatorAction action,
      Function<OperatorPorts, Future<T>> work,
      Function<T, String> describe) {
    return ports
        .get()
        .compose(
            used ->
                Futures.attemptOrReject(() -> used.begin(action))
                    .compose(
                        entry ->
                            Futures.attemptOrReject(() -> work.apply(used))
                                .map(
                                    result -> {
                                      end(used, entry, action, describe.apply(result));
                                      return result;
                                    })
                                .onFailure(
                                    failure -> end(used, entry, action, describe(failure)))));
  }

  private static String describe(Throwable failure) {
    return failure instanceof RequestRejectedException || failure instanceof ProblemException
        ? "rejected: " + failure.getMessage()
        : "failed: " + failure;
  }

  /** Does not delay the response: the action is recorded, and has been carried out. */
  private static void end(OperatorPorts ports, long entry, OperatorAction action, String outcome) {
    log.atInfo()
        .addKeyValue("operator", action.operator())
        .addKeyValue("action", action.kind().label())
        .addKeyValue("subject", action.subject())
        .addKeyValue("reason", action.reason())
        .addKeyValue("request_id", action.requestId())
        .addKeyValue("outcome", outcome)
        .log("Operator action ended");
    Futures.attempt(() -> ports.end(entry, outcome))
        .onFailure(
            failure ->
                log.warn("Cannot store the outcome of the operator action {}", entry, failure));
  }
}
