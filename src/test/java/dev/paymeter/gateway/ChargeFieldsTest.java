package dev.paymeter.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ChargeFieldsTest {
  private static final int MAX_FIELDS = 20;

  /** A lost payment is inserted again from these fields, and stays hidden from other merchants. */
  @Test
  void read_paymentOfMerchant_isThePayment() {
    IdempotencyKey key = new IdempotencyKey("merchant=acme", "POST /v1/payments", "k-1", "aa");
    Payment pending = TestOrders.order().merchant("acme").pending(Optional.of(key));

    JsonObject fields = ChargeFields.write(TestOrders.LEDGER, pending);
    Payment read = ChargeFields.read(fields);

    assertThat(fields.fieldNames()).hasSizeLessThanOrEqualTo(MAX_FIELDS);
    assertThat(read).isEqualTo(pending.withAccount(null));
    assertThat(read.gatewayKey().origin()).isEqualTo(pending.gatewayKey().origin());
  }

  @Test
  void read_paymentOfNoMerchant_hasNone() {
    Payment pending = TestOrders.order().pending(Optional.empty());

    JsonObject fields = ChargeFields.write(TestOrders.LEDGER, pending);

    assertThat(fields.fieldNames()).doesNotContain("merchant");
    assertThat(ChargeFields.read(fields).merchant()).isNull();
  }
}
