package dev.paymeter.publisher;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Encodes rows as messages. Used only on the publisher's context. */
interface BatchEncoder {
  /**
   * Encoded message.
   *
   * @param body the body, the same for each attempt
   * @param session session of the rows' sequence numbers; null if the rows have ids
   */
  record EncodedBatch(Object body, @Nullable String session) {
    boolean isNumbered() {
      return session != null;
    }
  }

  EncodedBatch encode(List<@Nullable Object[]> rows);

  /** Returns whether a message that no instance received may be sent with the same numbers. */
  default boolean mayReuseNumbers(EncodedBatch encodedBatch) {
    return true;
  }

  /** Reports that Paymeter does not have a message's session, or may have lost it. */
  default void sessionLost(EncodedBatch encodedBatch) {}

  /** Reports that a message got a reply. */
  default void acknowledged(EncodedBatch encodedBatch) {}
}
