package dev.paymeter.report;

import dev.paymeter.payment.Money;

/**
 * What somebody reports of an event of a business that is counted with its amount beside payments:
 * a refund, an order, a subscription.
 *
 * @param publisher who reports it
 * @param id the publisher's own name for it: what comes again under it is the same event
 * @param event what happened, in one word
 */
public record EventReport(String publisher, String id, String event, Money amount) {}
