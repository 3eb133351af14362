package dev.paymeter.bus;

import dev.paymeter.payment.query.PaymentQuery;
import dev.paymeter.payment.query.RefundQuery;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageCodec;
import java.util.List;

/**
 * Passes an immutable record to a consumer of the same process by reference. Only JSON leaves the
 * process; sending such a record to another process fails.
 */
public record LocalCodec<T extends Record>(Class<T> type) implements MessageCodec<T, T> {
  private static final List<Class<? extends Record>> TYPES =
      List.of(
          CreatePayment.class,
          CapturePayment.class,
          VoidPayment.class,
          FindPayment.class,
          PaymentQuery.class,
          CreateRefund.class,
          FindRefund.class,
          RefundQuery.class,
          FindHistory.class,
          ListDisputes.class,
          ReadEvents.class,
          ReceiveWebhook.class,
          Reply.Result.class,
          Reply.Rejected.class);

  /** Registers all codecs. Call it once for each bus, before anything is sent on it. */
  public static void registerAll(EventBus bus) {
    TYPES.forEach(type -> register(bus, type));
  }

  private static <T extends Record> void register(EventBus bus, Class<T> type) {
    bus.registerDefaultCodec(type, new LocalCodec<>(type));
  }

  @Override
  public void encodeToWire(Buffer buffer, T message) {
    throw local();
  }

  @Override
  public T decodeFromWire(int position, Buffer buffer) {
    throw local();
  }

  private IllegalStateException local() {
    return new IllegalStateException(
        type.getSimpleName() + " cannot be sent to another process; only JSON can");
  }

  @Override
  public T transform(T message) {
    return message;
  }

  @Override
  public String name() {
    return "local:" + type.getName();
  }

  @Override
  public byte systemCodecID() {
    return -1; // Marks a codec that is not built into Vert.x.
  }
}
