package dev.paymeter.audit;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Evidence outside the ledger of its content: the values that the last scrape of an identity
 * showed.
 *
 * @param instanceId the identity
 * @param ledger the id of the ledger
 * @param generation the generation of the ledger at that time
 * @param epoch the epoch of the process
 * @param position where the process last saw its own commits
 * @param totals totals of what was settled under the identity, as in a checkpoint
 * @param recent ids of the payments and refunds that were counted last
 */
public record Witness(
    String instanceId,
    UUID ledger,
    String generation,
    int epoch,
    LedgerPosition position,
    String totals,
    List<UUID> recent) {

  /** Store of the witness of one identity. Safe from any thread. */
  public interface Store {
    /** Returns the last witness of the identity; empty without one. */
    Optional<Witness> last();

    /** Replaces the witness. Blocks until it is durable. */
    void replace(Witness witness);
  }
}
