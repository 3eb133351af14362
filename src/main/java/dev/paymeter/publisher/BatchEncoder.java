package dev.paymeter.publisher;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes messages of rows. Of the publisher's context alone. */
interface BatchEncoder {
  /**
   * A message.
   *
   * @param body as it is sent, every time
   * @param session by which its rows are numbered; null where they have ids
   */
  record Parcel(Object body, @Nullable String session) {
    boolean isNumbered() {
      return session != null;
    }
  }

  Parcel pack(List<@Nullable Object[]> rows);

  /** Whether a message that nobody can have got may keep its numbers for whoever comes next. */
  default boolean mayGoOn(Parcel parcel) {
    return true;
  }

  /** Is told that Paymeter does not know a message's session, or may not know it any more. */
  default void forgotten(Parcel parcel) {}

  /** Is told that a message was answered. */
  default void answered(Parcel parcel) {}
}
