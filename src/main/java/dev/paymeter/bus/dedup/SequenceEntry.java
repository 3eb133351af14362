package dev.paymeter.bus.dedup;

/**
 * Entry of a publisher's session in the shared map. It is stored as text because cluster members
 * without Paymeter's classes may hold it.
 *
 * @param changeId unique id of the change that made it
 * @param epochSecond when it was made, in seconds since 1970
 */
record SequenceEntry(SequenceRanges ranges, String changeId, long epochSecond) {
  private static final String SEPARATOR = ";";

  String write() {
    return String.join(SEPARATOR, ranges.write(), changeId, String.valueOf(epochSecond));
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
