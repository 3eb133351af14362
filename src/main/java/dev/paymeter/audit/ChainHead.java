package dev.paymeter.audit;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The end of an instance's hash chain, which contains all rows of its closed segments.
 *
 * @param epoch the epoch of the last closed segment
 * @param segment the last closed segment
 * @param previous the chain before the checkpoint, 64 hexadecimal digits; null if it is not known
 * @param chain the chain after the checkpoint, likewise
 */
public record ChainHead(int epoch, int segment, @Nullable String previous, String chain) {
  private static final int NUMBER_DIGITS = 13;

  /** Returns the first 52 bits of the chain, which a {@code double} represents exactly. */
  public static long number(String chain) {
    return Long.parseLong(chain.substring(0, NUMBER_DIGITS), 16);
  }

  /**
   * Returns the text that is signed.
   *
   * @param ledger the id of the ledger
   */
  public String signedText(String ledger, String instanceId) {
    return "paymeter chain v1\n%s\n%s\n%d\n%d\n%s\n"
        .formatted(ledger, instanceId, epoch, segment, chain);
  }

  /** A signature of a head. */
  public record Signature(String keyId, byte[] bytes) {}

  /**
   * The chain of an instance, as stored.
   *
   * @param ledger the id of the ledger
   * @param head the end of the chain; empty before the first checkpoint
   * @param signed the last signed head of the last page; empty if there is none
   */
  public record Stored(
      String ledger, String instanceId, Optional<ChainHead> head, Optional<Signed> signed) {}

  /** A head and its signature. */
  public record Signed(ChainHead head, Signature signature) {}

  /** A key that signs heads, outside the database. */
  public interface Signer {
    Signature sign(String text);

    /** Returns whether this key has signed the text; empty if another key has signed it. */
    Optional<Boolean> hasSigned(String text, Signature signature);
  }
}
