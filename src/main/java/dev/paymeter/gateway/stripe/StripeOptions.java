package dev.paymeter.gateway.stripe;

import java.net.URI;

/**
 * Where and as whom Stripe is asked.
 *
 * @param url without a path
 * @param secretKey is never printed
 * @param paymentMethod what is charged: the id of a PaymentMethod, such as Stripe's test card
 *     {@code pm_card_visa}
 * @param trustedCertificates who may vouch for what answers there
 */
public record StripeOptions(
    URI url, String secretKey, String paymentMethod, TrustedCertificates trustedCertificates) {
  @Override
  public String toString() {
    return "StripeOptions["
        + url
        + ", ***, "
        + paymentMethod
        + ", "
        + trustedCertificates.further().size()
        + " further authorities]";
  }
}
