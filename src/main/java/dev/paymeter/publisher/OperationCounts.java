package dev.paymeter.publisher;

/**
 * What became of the operations that a {@link Publisher} was given: as {@link PublisherCounts}, but
 * for what is dropped.
 *
 * @param held waiting, or on their way
 * @param accepted taken for the first time; of them Paymeter records a sample
 * @param duplicates taken before, by a message whose answer was lost
 * @param rejected wrong, and not taken
 * @param dropped not taken by the publisher: there was no room, or it was closed
 * @param droppedByPaymeter not recorded: there was no room
 * @param givenUp sent as often as allowed, and never answered; taken or not, nobody knows
 */
public record OperationCounts(
    long held,
    long accepted,
    long duplicates,
    long rejected,
    long dropped,
    long droppedByPaymeter,
    long givenUp) {}
