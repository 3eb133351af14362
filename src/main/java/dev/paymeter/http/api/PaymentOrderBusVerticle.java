package dev.paymeter.http.api;

import dev.paymeter.bus.Addresses;
import dev.paymeter.bus.CreatePayment;
import dev.paymeter.bus.LocalRequests;
import dev.paymeter.http.CardNumberFilter;
import dev.paymeter.http.IdempotencyHeader;
import dev.paymeter.http.IdempotentRequestReader;
import dev.paymeter.http.Problem;
import dev.paymeter.http.ProblemException;
import dev.paymeter.http.RequestIds;
import dev.paymeter.http.StrictJsonParser;
import dev.paymeter.json.ActualValue;
import dev.paymeter.json.PaymentJson;
import dev.paymeter.json.PaymentOrderReader;
import dev.paymeter.payment.Access;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.RequestRejectedException.FieldError;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.service.PaymentResult;
import dev.paymeter.security.Credential;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Consumer of payment orders from the event bus, at {@link Addresses#CREATE}. Messages and replies
 * have the JSON of {@code POST /v1/payments}, problems included; the HTTP status and headers are
 * headers of the reply. Stateless; deploy one for each event loop.
 */
public final class PaymentOrderBusVerticle extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(PaymentOrderBusVerticle.class);

  /** The reply header with the HTTP status. */
  static final String STATUS = "status";

  /** The owner of keys from the cluster without a merchant; no API key can have it. */
  private static final String CLUSTER = "event bus";

  private final PaymentOrderReader reader;
  private final IdempotentRequestReader requests;

  /**
   * @param keyRequired whether payment orders must have an idempotency key
   */
  public PaymentOrderBusVerticle(PaymentOrderReader reader, boolean keyRequired) {
    this.reader = reader;
    this.requests = new IdempotentRequestReader(keyRequired, reader::withoutSecrets);
  }

  @Override
  public Future<?> start() {
    return vertx.eventBus().consumer(Addresses.CREATE, this::handle).completion();
  }

  private void handle(Message<Object> message) {
    Futures.<PaymentResult>attempt(
            () -> LocalRequests.send(vertx, Addresses.PAY, read(message), headers(message)))
        .onComplete(
            paymentResult -> reply(message, paymentResult),
            failure -> replyFailure(message, failure));
  }

  private CreatePayment read(Message<Object> message) {
    StrictJsonParser.rejectCardNumber(CardNumberFilter.findInHeaders(message.headers()));
    Access access = access(message.headers().getAll(Addresses.MERCHANT));
    String owner = owner(access);
    return requests.read(
        message.headers().getAll(IdempotencyHeader.NAME),
        bytes(message.body()),
        new IdempotentRequestReader.Owner(owner, Addresses.CREATE),
        (json, key) -> new CreatePayment(reader.read(json, key).createdBy(owner), key, access));
  }

  private static String owner(Access access) {
    return access.merchant() == null ? CLUSTER : Credential.ownerOfMerchant(access.merchant());
  }

  /** Members of the cluster are trusted to name any merchant, or none. */
  private static Access access(List<String> merchants) {
    if (merchants.isEmpty()) {
      return Access.ALL;
    }
    if (merchants.size() > 1 || !Access.isName(merchants.get(0))) {
      throw RequestRejectedException.invalid(
          List.of(
              new FieldError(
                  Addresses.MERCHANT,
                  Access.NAME_EXPECTED,
                  ActualValue.describe(String.join(", ", merchants)))));
    }
    return Access.of(merchants.get(0));
  }

  /** Returns the body as text: equal orders then have equal fingerprints, sent in either form. */
  private static Buffer bytes(Object body) {
    if (body instanceof JsonObject json) {
      return json.toBuffer();
    }
    if (body instanceof Buffer text) {
      return text;
    }
    throw new ProblemException(
        Problem.malformed(
            "Expected a JSON object, or its text as a buffer, found "
                + (body == null ? "nothing" : "a " + body.getClass().getSimpleName())
                + "."));
  }

  private static Map<String, String> headers(Message<Object> message) {
    return Map.of(
        Addresses.REQUEST_ID,
        RequestIds.choose(message.headers().get(Addresses.REQUEST_ID)),
        Addresses.CREDENTIAL,
        CLUSTER);
  }

  private static void reply(Message<Object> message, PaymentResult paymentResult) {
    Payment payment = paymentResult.payment();
    DeliveryOptions options =
        new DeliveryOptions().addHeader("Location", ApiVerticle.PAYMENTS + "/" + payment.id());
    if (paymentResult.replayed()) {
      options.addHeader(IdempotencyHeader.REPLAYED, "true");
    }
    Optional<PaymentException> error = payment.error();
    if (error.isPresent()) {
      reply(message, Problem.of(payment, error.get()), options);
    } else {
      options.addHeader(STATUS, payment.status().isAnswered() ? "201" : "202");
      String owner = owner(access(message.headers().getAll(Addresses.MERCHANT)));
      message.reply(PaymentJson.write(payment, owner), options);
    }
  }

  private static void replyFailure(Message<Object> message, Throwable failure) {
    Problem problem = Problem.ofFailure(failure);
    if (problem.isInternalError()) {
      log.error("A payment order from the event bus failed with an unexpected error", failure);
    }
    reply(message, problem, new DeliveryOptions());
  }

  private static void reply(Message<Object> message, Problem problem, DeliveryOptions options) {
    problem.headers().forEach(options::addHeader);
    message.reply(problem.json(), options.addHeader(STATUS, String.valueOf(problem.status())));
  }
}
