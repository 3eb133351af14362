package dev.paymeter.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.paymeter.payment.PaymentEvent;
import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WebhookEndpointsTest {
  private static final String SECRET = WebhookSecret.generate().text();
  private static final String SHOP =
      "shop https://shop.example/hooks?a=b payment.success " + SECRET;

  @Test
  void endpoints_linesAndComments_areRead() {
    WebhookEndpoints endpoints =
        new WebhookEndpoints(
            "# Receivers\n\n" + SHOP + "\n  books http://10.0.0.1:8080 * " + SECRET);

    assertThat(endpoints.byName()).containsOnlyKeys("books", "shop");
    WebhookEndpoint shop = endpoints.byName().get("shop");
    assertThat(shop.line()).isEqualTo(SHOP);
    assertThat(shop.types()).isEqualTo(Set.of("payment.success"));
    assertThat(shop.receives(event("success", null))).isTrue();
    assertThat(shop.receives(event("failed", null))).isFalse();
    assertThat(shop.receivesResets()).isFalse();
    assertThat(endpoints.byName().get("books").receives(event("failed", null))).isTrue();
    assertThat(endpoints.byName().get("books").receivesResets()).isTrue();
  }

  @Test
  void endpoint_ofAMerchant_receivesItsPaymentsOnly() {
    String line = SHOP + " " + WebhookSecret.generate().text() + " merchant=Acme";
    WebhookEndpoint shop = new WebhookEndpoints(line).byName().get("shop");

    assertThat(shop.line()).isEqualTo(line);
    assertThat(shop.secrets()).hasSize(2);
    assertThat(shop.receives(event("success", "Acme"))).isTrue();
    assertThat(shop.receives(event("failed", "Acme"))).isFalse();
    assertThat(shop.receives(event("success", "acme"))).isFalse();
    assertThat(shop.receives(event("success", null))).isFalse();
  }

  private static PaymentEvent event(String status, @Nullable String merchant) {
    return new PaymentEvent(
        PaymentEvent.Position.START,
        UUID.randomUUID(),
        status,
        "stripe",
        Instant.EPOCH,
        merchant,
        null,
        null);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          shop https://shop.example/        | four words
          Shop https://shop.example/ * S    | a name of
          shop ftp://shop.example/ * S      | an https URL
          shop https:///hooks * S           | an https URL
          shop https://u:p@shop.example/ * S | an https URL
          shop https://shop.example/#a * S  | an https URL
          shop https://shop.example/ payment.paid S | * or types of
          shop https://shop.example/ * whsec_c2hvcnQ= | a secret of
          shop https://shop.example/ * merchant=acme  | four words
          shop https://shop.example/ * merchant= S    | a secret of
          """)
  void endpoints_invalidLine_isNamedWithoutItsContent(String line, String expected) {
    String text = "# one\n" + line.replaceAll("S$", SECRET);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> new WebhookEndpoints(text))
        .withMessageStartingWith("line 2: expected " + expected)
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain(SECRET, "shop.example"));
  }

  @Test
  void replace_invalidOrEmptyContent_keepsTheEndpoints() {
    WebhookEndpoints endpoints = new WebhookEndpoints(SHOP);

    assertThatIllegalArgumentException().isThrownBy(() -> endpoints.replace("shop"));
    assertThatIllegalArgumentException().isThrownBy(() -> endpoints.replace(SHOP + "\n" + SHOP));
    assertThatIllegalArgumentException().isThrownBy(() -> endpoints.replace("# none"));
    assertThat(endpoints.byName()).containsOnlyKeys("shop");

    endpoints.replace(SHOP.replace("shop ", "other "));
    assertThat(endpoints.byName()).containsOnlyKeys("other");
  }

  @Test
  void create_newEndpoint_isALineOfTheFile() {
    WebhookEndpoint created = WebhookEndpoint.create("shop", "https://shop.example/", "*", null);

    assertThat(new WebhookEndpoints(created.line()).byName().get("shop")).isEqualTo(created);
    assertThat(created.secrets()).hasSize(1);
  }
}
