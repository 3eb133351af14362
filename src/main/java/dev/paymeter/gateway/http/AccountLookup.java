package dev.paymeter.gateway.http;

import dev.paymeter.payment.service.Retry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The account that the credentials for a gateway belong to, requested until the gateway returns it.
 * Credentials that are replaced by others of the same account do not change it. Safe from any
 * thread.
 */
public final class AccountLookup {
  private static final Logger log = LoggerFactory.getLogger(AccountLookup.class);
  private static final Duration MIN_DELAY = Duration.ofSeconds(1);
  private static final Duration MAX_DELAY = Duration.ofSeconds(30);

  private final Vertx vertx;
  private final String gateway;
  private final Supplier<Future<String>> request;
  private volatile @Nullable String id;

  /**
   * @param gateway its name for people
   * @param request requests the account's id once
   */
  public AccountLookup(Vertx vertx, String gateway, Supplier<Future<String>> request) {
    this.vertx = vertx;
    this.gateway = gateway;
    this.request = request;
  }

  /** Returns empty until the gateway has returned the account. */
  public Optional<String> id() {
    return Optional.ofNullable(id);
  }

  /** Requests the account, and repeats the request with exponential backoff. */
  public void start() {
    request(1);
  }

  private void request(int attempt) {
    request
        .get()
        .onComplete(
            found -> {
              id = found;
              log.info("The credentials belong to the {} account {}", gateway, found);
            },
            failure -> repeat(attempt, failure));
  }

  private void repeat(int attempt, Throwable failure) {
    Duration delay = Retry.delay(attempt, MIN_DELAY, MAX_DELAY);
    log.warn(
        "{}'s account is not known, so nothing is charged there; next request in {} s: {}",
        gateway,
        delay.toSeconds(),
        failure.getMessage());
    vertx.timer(delay.toMillis(), TimeUnit.MILLISECONDS).onSuccess(passed -> request(attempt + 1));
  }
}
