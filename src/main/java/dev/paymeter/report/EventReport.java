package dev.paymeter.report;

import dev.paymeter.payment.Money;

/**
 * A report of a business event that is counted with its amount, such as an order or a subscription.
 *
 * @param publisher the reporting service
 * @param id the publisher's identifier, by which repeated reports are recognised
 * @param event the name of the event
 */
public record EventReport(String publisher, String id, String event, Money amount) {}
