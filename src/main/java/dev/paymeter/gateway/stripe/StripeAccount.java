package dev.paymeter.gateway.stripe;

import dev.paymeter.payment.service.Retry;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Stripe account that the secret key belongs to, requested until Stripe returns it. A key that
 * is replaced by another one of the same account does not change it. Safe from any thread.
 */
final class StripeAccount {
  private static final Logger log = LoggerFactory.getLogger(StripeAccount.class);
  private static final Duration MIN_DELAY = Duration.ofSeconds(1);
  private static final Duration MAX_DELAY = Duration.ofSeconds(30);
  private static final Pattern ID = Pattern.compile("acct_\\w{1,64}");

  private final Vertx vertx;
  private final StripeClient client;
  private volatile @Nullable String id;

  StripeAccount(Vertx vertx, StripeClient client) {
    this.vertx = vertx;
    this.client = client;
  }

  /** Returns empty until Stripe has returned the account. */
  Optional<String> id() {
    return Optional.ofNullable(id);
  }

  /** Requests the account, and repeats the request with exponential backoff. */
  void request() {
    request(1);
  }

  private void request(int attempt) {
    StripeRequests requests = client.begin();
    requests
        .get("/account")
        .map(StripeAccount::idOf)
        .onComplete(ended -> requests.end())
        .onComplete(
            found -> {
              id = found;
              log.info("The secret key belongs to the Stripe account {}", found);
            },
            failure -> repeat(attempt, failure));
  }

  private void repeat(int attempt, Throwable failure) {
    Duration delay = Retry.delay(attempt, MIN_DELAY, MAX_DELAY);
    log.warn(
        "Stripe's account is not known, so nothing is charged there; next request in {} s: {}",
        delay.toSeconds(),
        failure.getMessage());
    vertx.timer(delay.toMillis(), TimeUnit.MILLISECONDS).onSuccess(passed -> request(attempt + 1));
  }

  private static String idOf(StripeResponse response) {
    String id =
        String.valueOf(
            ResponseVerifier.requireEqual("object", "account", response.requireOk("The account"))
                .getValue("id"));
    if (!ID.matcher(id).matches()) {
      throw new StripeException("Stripe's response has no id of an account");
    }
    return id;
  }
}
