package dev.paymeter.gateway.paypal;

import io.vertx.core.Future;
import java.util.regex.Pattern;

/**
 * The PayPal account that receives the payments of the REST application. Its id comes with the
 * balances, which need the same permission as the search for transactions.
 */
record PayPalAccount(PayPalClient client) {
  private static final Pattern ID = Pattern.compile("[2-9A-HJ-NP-Z]{13}");

  /** Requests the account's id. */
  Future<String> request() {
    PayPalRequests requests = client.begin();
    return requests
        .get("/v1/reporting/balances")
        .map(PayPalAccount::idOf)
        .onComplete(ended -> requests.end());
  }

  private static String idOf(PayPalResponse response) {
    String id = response.requireOk("The account").getString("account_id", "");
    if (!ID.matcher(id).matches()) {
      throw new PayPalException("PayPal's response has no id of an account");
    }
    return id;
  }
}
