package dev.paymeter.benchmark;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Batches of operations as JSON text, as a publisher sends them, with random rows. */
final class OperationBatches {
  static final int ROWS = 10_000;

  private static final int NAMES = 20;
  private static final int BYTES_PER_ROW = 40;
  private static final byte[][] OPERATIONS = new byte[NAMES][];

  private static final byte[] SUCCESS = text("\"success\"");
  private static final byte[] FAILURE = text("\"failure\"");

  static {
    for (int i = 0; i < NAMES; i++) {
      OPERATIONS[i] = text("\"orders_query_" + (char) ('a' + i) + '"');
    }
  }

  private final String session;
  private final SplittableRandom random = new SplittableRandom(1);
  private long sequence;

  OperationBatches(String session) {
    this.session = session;
  }

  /** Returns the names of the operations. */
  static Stream<String> names() {
    return Arrays.stream(OPERATIONS)
        .map(name -> new String(name, StandardCharsets.US_ASCII).replace("\"", ""));
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Returns the next batch. Thread-safe. */
  Buffer next() {
    long first;
    SplittableRandom batchRandom;
    synchronized (this) {
      first = sequence;
      sequence += ROWS;
      batchRandom = random.split();
    }
    ByteBuf json = Unpooled.buffer(ROWS * BYTES_PER_ROW);
    write(
        json,
        "{\"kind\":\"operation\",\"publisher\":\"benchmark\",\"session\":\""
            + session
            + "\",\"sequence\":"
            + first
            + ",\"columns\":{\"operation\":");
    for (int row = 0; row < ROWS; row++) {
      json.writeByte(row == 0 ? '[' : ',').writeBytes(OPERATIONS[batchRandom.nextInt(NAMES)]);
    }
    write(json, "],\"outcome\":");
    for (int row = 0; row < ROWS; row++) {
      json.writeByte(row == 0 ? '[' : ',')
          .writeBytes(batchRandom.nextInt(50) == 0 ? FAILURE : SUCCESS);
    }
    write(json, "],\"duration_micros\":");
    for (int row = 0; row < ROWS; row++) {
      json.writeByte(row == 0 ? '[' : ',');
      writeNumber(json, batchRandom.nextInt(1 << (4 + batchRandom.nextInt(16))));
    }
    write(json, "]}}");
    return BufferInternal.buffer(json);
  }

  private static void write(ByteBuf json, String text) {
    ByteBufUtil.writeAscii(json, text);
  }

  private static void writeNumber(ByteBuf json, int number) {
    if (number >= 10) {
      writeNumber(json, number / 10);
    }
    json.writeByte('0' + number % 10);
  }
}
