package dev.paymeter.publisher;

import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Encodes operations with sequence numbers, from 0 in each session. A retried message keeps its
 * numbers, so that Paymeter can deduplicate its rows. If Paymeter may have lost a session, a new
 * one starts; otherwise Paymeter would count all earlier numbers as missing.
 */
final class Numbering implements BatchEncoder {
  /** Half the time after which Paymeter discards an idle session. */
  static final Duration MAX_IDLE = Duration.ofHours(3);

  private final String publisher;
  private final Clock clock;
  private String session = UUID.randomUUID().toString();
  private long next;
  private Instant lastReply;
  private boolean isKnown;

  /**
   * @param clock wall clock, which also advances while the machine is suspended
   */
  Numbering(String publisher, Clock clock) {
    this.publisher = publisher;
    this.clock = clock;
    this.lastReply = clock.instant();
  }

  @Override
  public EncodedBatch encode(List<@Nullable Object[]> rows) {
    if (lastReply.plus(MAX_IDLE).isBefore(clock.instant())) {
      startSession();
    }
    JsonObject message =
        RowKind.OPERATION
            .message(publisher, rows) // the kind is first: Paymeter parses this faster
            .put("session", session)
            .put("sequence", next);
    next += rows.size();
    return new EncodedBatch(message.toBuffer(), session);
  }

  /** Continues a session that Paymeter does not have yet: leaving it would cause gaps. */
  @Override
  public boolean mayReuseNumbers(EncodedBatch encodedBatch) {
    if (isKnown) {
      sessionLost(encodedBatch);
    }
    return session.equals(encodedBatch.session());
  }

  @Override
  public void sessionLost(EncodedBatch encodedBatch) {
    if (session.equals(encodedBatch.session())) {
      startSession();
    }
  }

  @Override
  public void acknowledged(EncodedBatch encodedBatch) {
    if (session.equals(encodedBatch.session())) {
      lastReply = clock.instant();
      isKnown = true;
    }
  }

  private void startSession() {
    session = UUID.randomUUID().toString();
    next = 0;
    isKnown = false;
    lastReply = clock.instant();
  }
}
