package dev.paymeter.publisher;

import static dev.paymeter.support.Await.await;

import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.Currency;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

/** Base of the tests of a publisher. */
@ExtendWith(VertxExtension.class)
abstract class PublisherContext {
  static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
  static final Duration NEVER = Duration.ofHours(1);
  static final Duration SOON = Duration.ofMillis(20);
  static final Currency USD = Currency.getInstance("USD");

  /** Options with small batches, long timeouts and short pauses. */
  static final PublisherOptions PATIENT =
      PublisherOptions.DEFAULTS
          .withBatches(3, NEVER)
          .withPauses(Duration.ofMillis(1), Duration.ofMillis(5))
          .withTimeouts(NEVER, NEVER, LONGEST_WAIT);

  Vertx vertx;

  @BeforeEach
  void use(Vertx vertx) {
    this.vertx = vertx;
  }

  Publisher publisher(PublisherOptions options) {
    return Publisher.create(vertx, "shop", options);
  }

  static void close(Publisher publisher) {
    await(publisher.close());
  }
}
