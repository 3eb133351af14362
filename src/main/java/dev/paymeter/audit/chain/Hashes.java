package dev.paymeter.audit.chain;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The calculation of a chain, as the function {@code rows_of_segments} of the ledger does it. */
final class Hashes {
  private static final HexFormat HEX = HexFormat.of();

  private Hashes() {}

  /** Returns the chain before the first row of an instance. */
  static String first(String ledger, String instanceId) {
    String text = "paymeter " + ledger + " " + instanceId;
    return HEX.formatHex(sha256(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Returns the chain after another segment. */
  static String next(String chain, ChainSource.Segment segment) {
    ByteBuffer input =
        ByteBuffer.allocate(chain.length() / 2 + 2 * Integer.BYTES + segment.hash().length);
    input.put(HEX.parseHex(chain));
    input.putInt(segment.position().epoch());
    input.putInt(segment.position().segment());
    input.put(segment.hash());
    return HEX.formatHex(sha256(input.array()));
  }

  private static byte[] sha256(byte[] input) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(input);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
