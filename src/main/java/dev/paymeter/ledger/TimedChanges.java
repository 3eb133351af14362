package dev.paymeter.ledger;

import dev.paymeter.payments.Change;
import dev.paymeter.payments.Changes;
import dev.paymeter.payments.Observations.Operation;
import dev.paymeter.payments.OperationTimes;
import dev.paymeter.payments.Publication;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Decorates changes and their publication: times each of their operations. */
public final class TimedChanges implements Changes, Publication {
  private final Changes changes;
  private final Publication publication;
  private final OperationTimes times;

  public TimedChanges(PostgresChanges both, OperationTimes times) {
    this.changes = both;
    this.publication = both;
    this.times = times;
  }

  @Override
  public Future<List<Change>> after(Change.Position place, int most) {
    return times.timed(Operation.CHANGES_READ, () -> changes.after(place, most));
  }

  @Override
  public Future<Change.Position> end() {
    return times.timed(Operation.CHANGES_READ, changes::end);
  }

  @Override
  public Future<Duration> heldBack() {
    return times.timed(Operation.CHANGES_READ, changes::heldBack);
  }

  @Override
  public Future<List<Change>> of(UUID payment) {
    return times.timed(Operation.CHANGES_READ, () -> changes.of(payment));
  }

  @Override
  public Future<Optional<Change.Position>> lead(String holder, Duration lease) {
    return times.timed(Operation.CHANGES_LEAD, () -> publication.lead(holder, lease));
  }

  @Override
  public Future<Void> published(String holder, Change.Position place) {
    return times.timed(Operation.CHANGES_PUBLISHED, () -> publication.published(holder, place));
  }

  @Override
  public Future<Duration> unpublished() {
    return times.timed(Operation.CHANGES_READ, publication::unpublished);
  }

  @Override
  public Future<Void> leave(String holder) {
    return times.timed(Operation.CHANGES_PUBLISHED, () -> publication.leave(holder));
  }
}
