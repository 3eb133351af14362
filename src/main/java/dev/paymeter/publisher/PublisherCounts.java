package dev.paymeter.publisher;

/**
 * Counts of the events, errors and payments passed to a {@link Publisher}, by state. A row that
 * changes its state during the call may be missing.
 *
 * @param held queued or in flight
 * @param accepted counted by Paymeter
 * @param duplicates counted before: reported earlier, or by a message whose reply was lost
 * @param rejected invalid, and rejected by Paymeter
 * @param refused refused by the publisher, because it had no capacity or was closed
 * @param givenUp sent until the timeout without a reply; whether Paymeter has them is unknown
 */
public record PublisherCounts(
    long held, long accepted, long duplicates, long rejected, long refused, long givenUp) {}
