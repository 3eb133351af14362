package dev.paymeter.bus.dedup;

/**
 * What all instances share of a publisher's session, as one text: members that are none of ours may
 * hold it, and know no classes of ours.
 *
 * @param writing names the change that made it: it is unlike any other
 * @param seconds when it was made, since 1970
 */
record SequenceEntry(SequenceRanges sequenceRanges, String writing, long seconds) {
  private static final String BETWEEN = ";";

  String write() {
    return String.join(BETWEEN, sequenceRanges.write(), writing, String.valueOf(seconds));
  }

  /**
   * @throws IllegalArgumentException when it is something else
   */
  static SequenceEntry parse(String text) {
    String[] parts = text.split(BETWEEN, -1);
    if (parts.length != 3) {
      throw new IllegalArgumentException("no entry of a session: " + text);
    }
    return new SequenceEntry(SequenceRanges.parse(parts[0]), parts[1], Long.parseLong(parts[2]));
  }
}
