package dev.paymeter.bus.dedup;

/**
 * Entry of a publisher's session in the shared map. It is stored as text because cluster members
 * without Paymeter's classes may hold it.
 *
 * @param writing unique id of the change that made it
 * @param seconds when it was made, in seconds since 1970
 */
record SequenceEntry(SequenceRanges sequenceRanges, String writing, long seconds) {
  private static final String SEPARATOR = ";";

  String write() {
    return String.join(SEPARATOR, sequenceRanges.write(), writing, String.valueOf(seconds));
  }

  /**
   * @throws IllegalArgumentException if the text is not an entry
   */
  static SequenceEntry parse(String text) {
    String[] parts = text.split(SEPARATOR, -1);
    if (parts.length != 3) {
      throw new IllegalArgumentException("expected an entry of a session, found: " + text);
    }
    return new SequenceEntry(SequenceRanges.parse(parts[0]), parts[1], Long.parseLong(parts[2]));
  }
}
