package dev.paymeter.gateway.stripe;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.gateway.http.TrustedCertificates;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.support.TestCertificate;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The adapter and a server whose certificate none of the usual authorities has signed. */
@ExtendWith(VertxExtension.class)
class StripeTlsTest {
  private static final GatewayResult NOT_ASKED =
      new GatewayResult.NotSubmitted(
          new PaymentGatewayException(
              FailureCode.GATEWAY_UNAVAILABLE, "Stripe cannot be reached over TLS"));

  @TempDir Path directory;

  private final Payment payment = TestOrders.order().pending();
  private Vertx vertx;
  private FakeStripe stripe;

  @BeforeEach
  void set(Vertx vertx) {
    this.vertx = vertx;
  }

  @AfterEach
  void stop() {
    stripe.close();
  }

  /** Listens as {@code localhost}. */
  private void start(TestCertificate certificate) {
    stripe =
        new FakeStripe(
            vertx,
            new HttpServerOptions()
                .setSsl(true)
                .setKeyCertOptions(
                    new PemKeyCertOptions()
                        .setCertPath(certificate.certificate().toString())
                        .setKeyPath(certificate.key().toString())));
  }

  private StripeGateway gateway(TrustedCertificates trustedCertificates) {
    return stripe.gateway(
        new StripeOptions(stripe.url(), FakeStripe.SECRET, "pm_card_visa", trustedCertificates));
  }

  private static TrustedCertificates of(TestCertificate certificate) throws Exception {
    return TrustedCertificates.parse(Files.readString(certificate.certificate()));
  }

  @Test
  void charge_certificateIsTrusted_isApproved() throws Exception {
    TestCertificate own = TestCertificate.make(directory, "localhost");
    start(own);

    assertThat(await(gateway(of(own)).charge(payment)))
        .isEqualTo(new GatewayResult.Approved("pi_1"));
    assertThat(stripe.url().getScheme()).isEqualTo("https");
  }

  @Test
  void charge_certificateIsNotTrusted_isNotAskedAndSaysNothing() throws Exception {
    start(TestCertificate.make(directory, "localhost"));

    assertThat(await(gateway(TrustedCertificates.DEFAULT).charge(payment))).isEqualTo(NOT_ASKED);
    assertThat(stripe.requests).isEmpty();
  }

  @Test
  void charge_trustedCertificateOfAnotherHost_isNotAsked() throws Exception {
    TestCertificate elsewhere = TestCertificate.make(directory, "elsewhere");
    start(elsewhere);

    assertThat(await(gateway(of(elsewhere)).charge(payment))).isEqualTo(NOT_ASKED);
    assertThat(stripe.requests).isEmpty();
  }

  /** It may have been charged before, over a connection that was trusted. */
  @Test
  void resolve_certificateIsNotTrusted_isUnknown() throws Exception {
    start(TestCertificate.make(directory, "localhost"));
    Future<GatewayResult> answer = gateway(TrustedCertificates.DEFAULT).resolve(payment);

    assertThatThrownBy(() -> await(answer)).hasCauseInstanceOf(SSLHandshakeException.class);
  }

  @Test
  void trust_furtherAuthorities_doNotReplaceTheUsualOnes() throws Exception {
    TestCertificate own = TestCertificate.make(directory, "localhost");
    start(own);
    TrustManagerFactory usual =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    usual.init((KeyStore) null);
    TrustedCertificates trustedCertificates = of(own);

    assertThat(issuers(trustedCertificates.trustOptions().getTrustManagerFactory(vertx)))
        .contains(issuers(usual))
        .containsAll(trustedCertificates.additional())
        .hasSizeGreaterThan(issuers(usual).length);
  }

  private static X509Certificate[] issuers(TrustManagerFactory factory) {
    return ((X509TrustManager) factory.getTrustManagers()[0]).getAcceptedIssuers();
  }
}
