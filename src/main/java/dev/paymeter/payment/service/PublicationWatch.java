package dev.paymeter.payment.service;

import dev.paymeter.payment.port.Changes;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.Observations;
import dev.paymeter.payment.port.Pauses;
import dev.paymeter.payment.port.Publication;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Looks again and again how far the telling of events is behind, and shows it. One runs in each
 * instance.
 */
public final class PublicationWatch {
  static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

  private final Supplier<Future<Duration>> age;
  private final Observations observations;
  private final Rounds rounds;

  private PublicationWatch(
      Supplier<Future<Duration>> age, Observations observations, Pauses pauses) {
    this.age = age;
    this.observations = observations;
    this.rounds = new Rounds(pauses, BETWEEN_LOOKS, this::look);
  }

  /** One where a cluster is told of events: its readers, and those over HTTP, wait for the same. */
  public static PublicationWatch ofCluster(
      Publication publication, Observations observations, Pauses pauses) {
    return new PublicationWatch(publication::unpublished, observations, pauses);
  }

  /** One where there is no cluster, and whoever reads events reads all that can be read. */
  public static PublicationWatch ofReaders(
      Changes changes, Observations observations, Pauses pauses) {
    return new PublicationWatch(changes::heldBack, observations, pauses);
  }

  /** Begins, and goes on until it is stopped. */
  public void start() {
    rounds.start();
  }

  /** Begins nothing more. */
  public void stop() {
    rounds.stop();
  }

  private Future<?> look() {
    return Futures.attempt(age)
        .onSuccess(observations::unpublished)
        .onFailure(
            failure ->
                Futures.logUnlessUnavailable("Cannot look for events that are held back", failure));
  }
}
