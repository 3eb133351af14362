package dev.paymeter.support.settlement;

/**
 * An honest entry that differs little from a discrepancy, and must not be reported.
 *
 * @param description in words, for messages of failed tests
 * @param reference the entry's reference at the gateway
 */
public record NearMiss(String description, String reference) {}
