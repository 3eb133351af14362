package dev.paymeter.gateway.stripe;

import dev.paymeter.gateway.http.TrustedCertificates;
import java.net.URI;

/**
 * Options of the connection to Stripe.
 *
 * @param url without a path
 * @param secretKey never printed
 * @param paymentMethod the id of the PaymentMethod to charge, such as Stripe's test card {@code
 *     pm_card_visa}
 */
public record StripeOptions(
    URI url, String secretKey, String paymentMethod, TrustedCertificates trustedCertificates) {
  @Override
  public String toString() {
    return "StripeOptions[%s, ***, %s, %d additional authorities]"
        .formatted(url, paymentMethod, trustedCertificates.additional().size());
  }
}
