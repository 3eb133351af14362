package dev.paymeter.gateway.paypal;

import dev.paymeter.gateway.http.TrustedCertificates;
import java.net.URI;

/**
 * Options of the connection to PayPal.
 *
 * @param url without a path
 * @param clientId the id of the REST application
 * @param secretKey the secret of the REST application; never printed
 */
public record PayPalOptions(
    URI url, String clientId, String secretKey, TrustedCertificates trustedCertificates) {
  @Override
  public String toString() {
    return "PayPalOptions[%s, %s, ***, %d additional authorities]"
        .formatted(url, clientId, trustedCertificates.additional().size());
  }
}
