package dev.paymeter.cluster;

import io.netty.buffer.ByteBuf;

/**
 * Check of a frame of Vert.x's event bus. A frame contains the lengths of its parts; Vert.x would
 * allocate memory for them before it compares them with the length of the frame.
 */
final class BusFrame {
  static final int LENGTH_BYTES = Integer.BYTES;

  /** The number of a codec that the frame names. */
  private static final byte NAMED = -1;

  private static final byte STRING = 9;
  private static final byte BUFFER = 11;
  private static final byte REPLY_EXCEPTION = 15;
  private static final byte SERIALIZABLE = 17;

  private final ByteBuf rest;

  private BusFrame(ByteBuf frame) {
    this.rest = frame.slice().skipBytes(LENGTH_BYTES);
  }

  /** Returns whether all parts are within a frame. */
  static boolean isValid(ByteBuf frame) {
    try {
      new BusFrame(frame).skipAll();
      return true;
    } catch (IndexOutOfBoundsException e) {
      return false;
    }
  }

  private void skipAll() {
    rest.skipBytes(1); // version
    byte codec = rest.readByte();
    if (codec == NAMED) {
      skipText();
    } else if (codec < 0 || codec > SERIALIZABLE) {
      throw new IndexOutOfBoundsException("codec " + codec);
    }
    rest.skipBytes(1); // sent or published
    skipText(); // address
    skipText(); // reply address
    skipText(); // sender
    skipHeaders();
    skipBody(codec);
  }

  private void skipText() {
    rest.skipBytes(length(rest.readInt()));
  }

  private static int length(int length) {
    if (length < 0) { // skipBytes would throw another exception.
      throw new IndexOutOfBoundsException("length " + length);
    }
    return length;
  }

  private void skipHeaders() {
    int end = rest.readerIndex() + length(rest.getInt(rest.readerIndex()));
    boolean isEmpty = rest.readInt() == LENGTH_BYTES;
    int count = isEmpty ? 0 : length(rest.readInt());
    for (int header = 0; header < count; header++) {
      skipText();
      skipText();
    }
    if (rest.readerIndex() != end) {
      throw new IndexOutOfBoundsException("end of the headers " + end);
    }
  }

  private void skipBody(byte codec) {
    if (codec == REPLY_EXCEPTION) {
      rest.skipBytes(1 + Integer.BYTES); // kind and code
      if (rest.readByte() != 0) {
        skipText();
      }
    } else if (codec == STRING || (codec >= BUFFER && codec <= SERIALIZABLE)) {
      skipText();
    }
  }
}
