package dev.paymeter.bus;

import dev.paymeter.logging.LogFields;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.port.OperationTimer;
import dev.paymeter.payment.port.PaymentMetrics.Operation;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Requests between the verticles of this process, and their replies: records, by reference. */
public final class LocalRequests {
  private static final Logger log = LoggerFactory.getLogger(LocalRequests.class);

  /** The failure code of an unexpected error; the log has its cause. */
  public static final int INTERNAL_ERROR = 500;

  /**
   * Longer than a payment can take at the gateway and the ledger. If the bus timed out earlier, the
   * client would not learn the outcome.
   */
  private static final Duration SEND_TIMEOUT = Duration.ofHours(1);

  private LocalRequests() {}

  /**
   * Sends a request.
   *
   * @param headers {@link Addresses#REQUEST_ID} and {@link Addresses#CREDENTIAL}, if known
   * @return fails with a {@link RequestRejectedException} if the request is rejected
   */
  public static <T> Future<T> send(
      Vertx vertx, String address, Record request, Map<String, String> headers) {
    DeliveryOptions options =
        new DeliveryOptions().setLocalOnly(true).setSendTimeout(SEND_TIMEOUT.toMillis());
    headers.forEach(options::addHeader);
    return vertx
        .eventBus()
        .<Reply<T>>request(address, request, options)
        .compose(reply -> reply.body().asFuture());
  }

  /**
   * Registers the consumer of an address. It sets the log fields, timer the work and replies.
   *
   * @return completes when the consumer is ready
   */
  static <M extends Record, T> Future<Void> serve(
      Vertx vertx,
      OperationTimer timer,
      String address,
      Operation operation,
      Function<M, Future<T>> work) {
    return vertx
        .eventBus()
        .<M>localConsumer(
            address,
            request -> {
              LogFields.set(logFields(request));
              reply(request, timer.timed(operation, () -> work.apply(request.body())));
            })
        .completion();
  }

  private static Map<String, String> logFields(Message<?> request) {
    Map<String, String> fields = new HashMap<>();
    Stream.of(Addresses.REQUEST_ID, Addresses.CREDENTIAL)
        .filter(request.headers()::contains)
        .forEach(name -> fields.put(name, request.headers().get(name)));
    return fields;
  }

  private static <T> void reply(Message<?> request, Future<T> result) {
    result
        .onSuccess(value -> request.reply(new Reply.Result<>(value)))
        .onFailure(
            failure -> {
              if (failure instanceof RequestRejectedException reason) {
                request.reply(new Reply.Rejected<T>(reason));
              } else {
                log.error("A payment request failed with an unexpected error", failure);
                request.fail(INTERNAL_ERROR, "internal error");
              }
            });
  }
}
