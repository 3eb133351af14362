package dev.paymeter.publisher;

/**
 * What became of the events, errors and payments that a {@link Publisher} was given: all of them
 * are in one of these, and those on their way between two may be in none while this is read.
 *
 * @param held waiting, or on their way
 * @param accepted counted for the first time
 * @param duplicates counted before: reported earlier, or by a message whose answer was lost
 * @param rejected wrong, and not counted
 * @param refused not taken at all: there was no room, or the publisher was closed
 * @param givenUp sent for as long as allowed, and never answered; counted or not, nobody knows
 */
public record PublisherCounts(
    long held, long accepted, long duplicates, long rejected, long refused, long givenUp) {}
