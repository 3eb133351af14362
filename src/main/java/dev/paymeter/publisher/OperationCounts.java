package dev.paymeter.publisher;

/**
 * Counts of the operations passed to a {@link Publisher}, by state.
 *
 * @param held queued or in flight
 * @param accepted accepted by Paymeter, which records a sample of them
 * @param duplicates accepted before, by a message whose reply was lost
 * @param rejected invalid, and rejected by Paymeter
 * @param dropped dropped by the publisher, because it had no capacity or was closed
 * @param droppedByPaymeter dropped by Paymeter, because it had no capacity
 * @param givenUp sent the maximum number of times without a reply; whether Paymeter has them is
 *     unknown
 */
public record OperationCounts(
    long held,
    long accepted,
    long duplicates,
    long rejected,
    long dropped,
    long droppedByPaymeter,
    long givenUp) {}
