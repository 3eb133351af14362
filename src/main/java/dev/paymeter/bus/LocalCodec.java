package dev.paymeter.bus;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageCodec;

/**
 * Hands an immutable record to a consumer of the same process by reference. What leaves the process
 * is JSON; a record that would is a defect, and says so.
 */
public record LocalCodec<T extends Record>(Class<T> type) implements MessageCodec<T, T> {

  /** To be called once for each bus, before anything is sent on it. */
  public static void registerAll(EventBus bus) {
    register(bus, CreatePayment.class);
    register(bus, FindPayment.class);
    register(bus, PaymentReply.Found.class);
    register(bus, PaymentReply.Refused.class);
    register(bus, ListPayments.class);
    register(bus, ListReply.Listed.class);
    register(bus, ListReply.Refused.class);
    register(bus, FindHistory.class);
    register(bus, ReadChanges.class);
    register(bus, ChangesReply.Listed.class);
    register(bus, ChangesReply.Refused.class);
    register(bus, CreateRefund.class);
    register(bus, FindRefund.class);
    register(bus, ListRefunds.class);
    register(bus, RefundReply.Found.class);
    register(bus, RefundReply.Listed.class);
    register(bus, RefundReply.Refused.class);
  }

  private static <T extends Record> void register(EventBus bus, Class<T> type) {
    bus.registerDefaultCodec(type, new LocalCodec<>(type));
  }

  @Override
  public void encodeToWire(Buffer buffer, T message) {
    throw new IllegalStateException(type.getSimpleName() + " does not leave its process");
  }

  @Override
  public T decodeFromWire(int position, Buffer buffer) {
    throw new IllegalStateException(type.getSimpleName() + " does not leave its process");
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
    return -1; // What marks a codec that is not Vert.x's own.
  }
}
