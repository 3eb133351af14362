package dev.paymeter.report;

import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentOrder;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What another service reports of a payment that it has processed.
 *
 * @param publisher who reports it
 * @param id the publisher's own name for it: what comes again under it is the same payment
 * @param order what was paid
 * @param duration from the accepted order to the gateway's answer, to the microsecond
 * @param error why it failed; absent when it succeeded
 * @param settledAt when it ended, to the microsecond; absent where the publisher does not say
 */
public record PaymentReport(
    String publisher,
    String id,
    PaymentOrder order,
    Duration duration,
    @Nullable PaymentException error,
    @Nullable Instant settledAt) {}
