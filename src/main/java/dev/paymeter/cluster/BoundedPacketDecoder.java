package dev.paymeter.cluster;

import com.hazelcast.internal.networking.HandlerStatus;
import com.hazelcast.internal.nio.Packet;
import com.hazelcast.internal.server.ServerConnection;
import com.hazelcast.internal.server.tcp.PacketDecoder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Decoder of Hazelcast's packets with a maximum length. Hazelcast allocates memory for any length
 * that a peer sends, before it has admitted the peer.
 */
final class BoundedPacketDecoder extends PacketDecoder {
  /** Many times the longest packet: the maps of the cluster have small entries. */
  static final int MAX_PACKET_BYTES = 16 << 20;

  /** Version, flags and partition precede the length; the payload follows it. */
  private static final int LENGTH_OFFSET = Byte.BYTES + Character.BYTES + Integer.BYTES;

  private static final int HEADER_BYTES = LENGTH_OFFSET + Integer.BYTES;

  /** The number of bytes of the current packet that have not arrived. */
  private int missing;

  BoundedPacketDecoder(ServerConnection connection, Consumer<Packet> receiver) {
    super(connection, receiver);
  }

  @Override
  public HandlerStatus onRead() throws Exception {
    check(src.duplicate().flip());
    return super.onRead();
  }

  private void check(ByteBuffer arrived) throws IOException {
    skipPayload(arrived);
    while (arrived.remaining() >= HEADER_BYTES) { // The superclass keeps a shorter rest.
      missing = arrived.getInt(arrived.position() + LENGTH_OFFSET);
      if (missing < 0 || missing > MAX_PACKET_BYTES) {
        throw new IOException(
            "expected a packet of at most " + MAX_PACKET_BYTES + " bytes, found " + missing);
      }
      arrived.position(arrived.position() + HEADER_BYTES);
      skipPayload(arrived);
    }
  }

  private void skipPayload(ByteBuffer arrived) {
    int length = Math.min(missing, arrived.remaining());
    arrived.position(arrived.position() + length);
    missing -= length;
  }
}
