package dev.paymeter.gateway.stripe;

import io.vertx.core.Future;
import java.util.regex.Pattern;

/** The Stripe account that the secret key belongs to. */
record StripeAccount(StripeClient client) {
  private static final Pattern ID = Pattern.compile("acct_\\w{1,64}");

  /** Requests the account's id. */
  Future<String> request() {
    StripeRequests requests = client.begin();
    return requests.get("/account").map(StripeAccount::idOf).onComplete(ended -> requests.end());
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
