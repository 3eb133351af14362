package dev.paymeter.settlement;

import java.io.IOException;
import java.io.InputStream;
import java.time.ZoneId;

/** A format of settlement files. Safe from any thread. */
public interface SettlementFormat {
  /** Receives the lines of a file. */
  @FunctionalInterface
  interface LineReceiver {
    /**
     * @throws IOException if it cannot store the line
     */
    void accept(SettlementLine line) throws IOException;
  }

  /** Returns the name, such as {@code csv}. */
  String name();

  /** Returns whether a file that begins with a line, without its line break, has this format. */
  boolean matches(String firstLine);

  /** Describes the first line of the format, for errors. */
  String expectedFirstLine();

  /**
   * Reads a file once, with memory that does not depend on its length.
   *
   * @param zone of dates without a zone
   * @throws InvalidFileException at the first line that is invalid
   * @throws IOException if the file cannot be read, or a line cannot be stored
   */
  void read(InputStream file, ZoneId zone, LineReceiver lines)
      throws IOException, InvalidFileException;
}
