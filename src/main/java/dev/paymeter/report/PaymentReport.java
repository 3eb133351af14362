package dev.paymeter.report;

import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentOrder;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A report of a payment that another service has processed.
 *
 * @param publisher the reporting service
 * @param id the publisher's identifier, by which repeated reports are recognised
 * @param duration from accepting the order to the gateway's response, to the microsecond
 * @param error the failure; null for a success
 * @param settledAt the time at which it was settled, to the microsecond; null if the publisher did
 *     not report it
 */
public record PaymentReport(
    String publisher,
    String id,
    PaymentOrder order,
    Duration duration,
    @Nullable PaymentException error,
    @Nullable Instant settledAt) {}
