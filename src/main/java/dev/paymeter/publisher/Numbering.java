package dev.paymeter.publisher;

import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Packs operations under numbers: one by one from 0, in sessions. A message keeps its numbers when
 * it is sent again, so that its rows count once. A session that Paymeter may have forgotten is
 * followed by another: in a forgotten one all earlier numbers would be taken for missing.
 */
final class Numbering implements BatchEncoder {
  /** Half of what Paymeter allows. */
  static final Duration LONGEST_SILENCE = Duration.ofHours(3);

  private final String publisher;
  private final Clock clock;
  private String session = UUID.randomUUID().toString();
  private long next;
  private Instant heard;
  private boolean isKnown;

  /**
   * @param clock of the present: unlike the time since the start, it goes on while a machine sleeps
   */
  Numbering(String publisher, Clock clock) {
    this.publisher = publisher;
    this.clock = clock;
    this.heard = clock.instant();
  }

  @Override
  public Parcel pack(List<@Nullable Object[]> rows) {
    if (heard.plus(LONGEST_SILENCE).isBefore(clock.instant())) {
      beginAnew();
    }
    JsonObject message =
        RowKind.OPERATION
            .message(publisher, rows) // Its kind comes first: so Paymeter reads it faster.
            .put("session", session)
            .put("sequence", next);
    next += rows.size();
    return new Parcel(message.toBuffer(), session);
  }

  /** A session that nobody knows yet goes on: messages that leave it would be missing there. */
  @Override
  public boolean mayGoOn(Parcel parcel) {
    if (isKnown) {
      forgotten(parcel);
    }
    return session.equals(parcel.session());
  }

  @Override
  public void forgotten(Parcel parcel) {
    if (session.equals(parcel.session())) {
      beginAnew();
    }
  }

  @Override
  public void answered(Parcel parcel) {
    if (session.equals(parcel.session())) {
      heard = clock.instant();
      isKnown = true;
    }
  }

  private void beginAnew() {
    session = UUID.randomUUID().toString();
    next = 0;
    isKnown = false;
    heard = clock.instant();
  }
}
