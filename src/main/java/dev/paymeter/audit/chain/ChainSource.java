package dev.paymeter.audit.chain;

import dev.paymeter.payment.port.LedgerCut;
import java.math.BigDecimal;
import java.util.List;

/** Port: the stored chains, and the rows of the ledger. Blocks. Safe from several threads. */
public interface ChainSource {
  /** Returns the id of the ledger. */
  String ledger();

  /** Returns the pages of all instances, by instance and position. */
  List<Page> pages();

  /** Returns the segments of a page that have rows, in order. */
  List<Segment> segments(Page page);

  /** Returns the rows of a page, in the order in which they are hashed. */
  List<Row> rows(Page page);

  /** Returns the first 8 bytes of the hash of each row, in hexadecimal, as stored with a page. */
  List<String> storedRowHashes(Page page);

  /** Returns the ends of the instances, by instance. */
  List<InstanceEnd> ends();

  /** Returns the generations of the ledger, in order. */
  List<String> generations();

  /** Returns the losses that instances have found. */
  List<Loss> losses();

  /** A loss of rows that an instance had counted, found when a generation began. */
  record Loss(String generation, String instanceId) {}

  /**
   * The rows of a segment.
   *
   * @param rows the number of those that were counted
   * @param cents the sum of their amounts in US cents
   * @param all the number of all rows
   * @param hash the hash of the hashes of all rows, 32 bytes
   */
  record Segment(LedgerCut position, long rows, BigDecimal cents, long all, byte[] hash) {}

  /**
   * A row.
   *
   * @param kind such as {@code payment}
   * @param key its id
   * @param hash the first 8 bytes of its hash, in hexadecimal
   */
  record Row(LedgerCut position, String kind, String key, String hash) {
    String name() {
      return kind.replace('_', ' ') + " " + key;
    }
  }

  /**
   * The end of what an instance has counted, or would have.
   *
   * @param epoch the last epoch of the instance; 0 if the ledger does not know the instance
   * @param checkpoint the end of its last checkpoint
   * @param notClosed the number of rows after it
   * @param stray the number of rows of epochs that do not exist
   */
  record InstanceEnd(
      String instanceId, int epoch, LedgerCut checkpoint, long notClosed, long stray) {}
}
