package dev.paymeter.payment.port;

import dev.paymeter.payment.DisputeStatus;
import dev.paymeter.payment.Money;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A dispute as its gateway states it now: evidence.
 *
 * @param reference the gateway's id of the dispute
 * @param payment the id of the disputed payment
 * @param gatewayKey the payment's reference at the gateway
 * @param reason the gateway's word for it; null if it states none
 * @param respondBy the deadline of a response; null if none is possible, or none is stated
 * @param fee what the gateway has charged for the dispute so far; null if it states none
 */
public record GatewayDispute(
    String reference,
    UUID payment,
    UUID gatewayKey,
    DisputeStatus status,
    @Nullable String reason,
    Money amount,
    @Nullable Instant respondBy,
    @Nullable Money fee,
    Instant createdAt) {}
