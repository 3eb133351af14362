package dev.paymeter.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BusFrameDecoderTest {
  private static final int STRING = 9;
  private static final int JSON_OBJECT = 13;
  private static final int REPLY_EXCEPTION = 15;

  private final BusFrameDecoder.FrameMemory memory =
      new BusFrameDecoder.FrameMemory(BusFrameDecoder.MAX_FRAME_BYTES);
  private final EmbeddedChannel channel = connect();

  private EmbeddedChannel connect() {
    return connect(memory);
  }

  private static EmbeddedChannel connect(BusFrameDecoder.FrameMemory memory) {
    return new EmbeddedChannel(
        new BusFrameDecoder(memory, new NetworkGuard(NetworkRanges.LOOPBACK)));
  }

  private static ByteBuf text(String text) {
    return Unpooled.buffer().writeInt(text.length()).writeBytes(text.getBytes(UTF_8));
  }

  /** Returns the parts of a message as Vert.x writes them, without the length of the frame. */
  private static ByteBuf message(int codec, ByteBuf headers, ByteBuf body) {
    return Unpooled.wrappedBuffer(
        Unpooled.buffer().writeByte(1).writeByte(codec).writeByte(0),
        text("observations.v1"),
        text("__vertx.reply.1"),
        text("sender"),
        headers,
        body);
  }

  private static ByteBuf huge() {
    return Unpooled.buffer().writeInt(0x7ffffff0);
  }

  private static ByteBuf noHeaders() {
    return Unpooled.buffer().writeInt(4);
  }

  private static ByteBuf header(String name, String value) {
    ByteBuf pair = Unpooled.wrappedBuffer(text(name), text(value));
    return Unpooled.wrappedBuffer(
        Unpooled.buffer().writeInt(8 + pair.readableBytes()).writeInt(1), pair);
  }

  private static ByteBuf frame(ByteBuf message) {
    return Unpooled.wrappedBuffer(Unpooled.buffer().writeInt(message.readableBytes()), message);
  }

  @Test
  void frames_valid_arePassedOnWhole() {
    ByteBuf first = frame(message(JSON_OBJECT, header("a", "b"), text("{}")));
    ByteBuf second = frame(message(STRING, noHeaders(), text("x".repeat(100_000))));
    ByteBuf third =
        frame(
            message(
                REPLY_EXCEPTION,
                noHeaders(),
                Unpooled.wrappedBuffer(
                    Unpooled.buffer().writeByte(1).writeInt(7).writeByte(1), text("reason"))));
    ByteBuf all = Unpooled.wrappedBuffer(first.copy(), second.copy(), third.copy());

    while (all.isReadable()) {
      channel.writeInbound(all.readBytes(Math.min(1000, all.readableBytes())));
    }

    assertThat((ByteBuf) channel.readInbound()).isEqualTo(first);
    assertThat((ByteBuf) channel.readInbound()).isEqualTo(second);
    assertThat((ByteBuf) channel.readInbound()).isEqualTo(third);
    assertThat(channel.isOpen()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {0x7fffffff, -1, 0, BusFrameDecoder.MAX_FRAME_BYTES + 1})
  void length_invalid_closes(int length) {
    EmbeddedChannel ofMuchMemory = connect(new BusFrameDecoder.FrameMemory(Long.MAX_VALUE));
    ofMuchMemory.writeInbound(Unpooled.buffer().writeInt(length));

    assertThat(ofMuchMemory.isOpen()).isFalse();
    assertThat((Object) ofMuchMemory.readInbound()).isNull();
  }

  /** Vert.x would allocate two gigabytes for each of them. */
  @Test
  void lengthOfAPart_beyondTheFrame_closes() {
    ByteBuf manyHeaders = Unpooled.buffer().writeInt(8).writeInt(0x7ffffff0);
    for (ByteBuf message :
        new ByteBuf[] {
          message(JSON_OBJECT, noHeaders(), huge()),
          message(
              REPLY_EXCEPTION,
              noHeaders(),
              Unpooled.wrappedBuffer(new byte[] {0, 0, 0, 0, 0, 1, 127})),
          message(JSON_OBJECT, huge(), text("{}")),
          message(JSON_OBJECT, manyHeaders, text("{}")),
          message(JSON_OBJECT, Unpooled.buffer().writeInt(-4), text("{}")),
          message(18, noHeaders(), text("{}")),
          Unpooled.buffer().writeByte(1).writeByte(-1).writeInt(0x7ffffff0),
          Unpooled.buffer().writeByte(1).writeByte(JSON_OBJECT).writeByte(0).writeInt(-1)
        }) {
      EmbeddedChannel one = connect();
      one.writeInbound(frame(message));

      assertThat(one.isOpen()).isFalse();
      assertThat((Object) one.readInbound()).isNull();
    }
  }

  @Test
  void frame_incompleteForTheTimeout_closes() {
    channel.freezeTime();
    ByteBuf frame = frame(message(STRING, noHeaders(), text("x")));
    channel.writeInbound(frame.readBytes(10));
    channel.advanceTimeBy(BusFrameDecoder.TIMEOUT_SECONDS - 1, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
    channel.writeInbound(frame);
    assertThat((Object) channel.readInbound()).isNotNull();

    channel.writeInbound(Unpooled.buffer().writeByte(0));
    channel.advanceTimeBy(BusFrameDecoder.TIMEOUT_SECONDS - 1, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
    assertThat(channel.isOpen()).isTrue();
    channel.advanceTimeBy(1, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();

    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void frames_incompleteAndMoreThanTheMemory_close() {
    ByteBuf longest = Unpooled.buffer().writeInt(BusFrameDecoder.MAX_FRAME_BYTES - 4);
    ByteBuf complete = frame(message(STRING, noHeaders(), text("x")));
    channel.writeInbound(longest.copy());
    assertThat(channel.isOpen()).isTrue();

    EmbeddedChannel second = connect();
    second.writeInbound(longest.copy());
    assertThat(second.isOpen()).isFalse();
    EmbeddedChannel third = connect();
    third.writeInbound(complete);
    assertThat((Object) third.readInbound()).isNotNull();

    channel.close();
    EmbeddedChannel fourth = connect();
    fourth.writeInbound(longest);
    assertThat(fourth.isOpen()).isTrue();
  }
}
