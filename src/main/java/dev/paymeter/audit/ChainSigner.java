package dev.paymeter.audit;

import io.vertx.core.Future;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes and signs the end of the instance's hash chain at each checkpoint. Each checkpoint has
 * to continue the chain of the previous one; if it continues another one, closed segments were
 * changed together with their hashes, and nothing is signed any more. Called by one thread at a
 * time.
 */
final class ChainSigner {
  private static final Logger log = LoggerFactory.getLogger(ChainSigner.class);

  private final AuditStore auditStore;
  private final AuditedMetrics metrics;
  private final ChainHead.@Nullable Signer signer;
  private String ledger = "";
  private String instanceId = "";
  private @Nullable String last;
  private boolean isReplaced;

  /**
   * @param signer null if heads are not signed
   */
  ChainSigner(AuditStore auditStore, AuditedMetrics metrics, ChainHead.@Nullable Signer signer) {
    this.auditStore = auditStore;
    this.metrics = metrics;
    this.signer = signer;
  }

  /** Continues the stored chain, if the signature of its last page is valid. */
  Future<Void> open() {
    return auditStore
        .head()
        .map(
            stored -> {
              ledger = stored.ledger();
              instanceId = stored.instanceId();
              stored.head().ifPresent(this::publish);
              stored.signed().ifPresent(signed -> check(signed, stored.head().orElseThrow()));
              return null;
            });
  }

  private void check(ChainHead.Signed signed, ChainHead stored) {
    ChainHead head = signed.head();
    boolean isSameEnd = head.epoch() == stored.epoch() && head.segment() == stored.segment();
    Optional<Boolean> isValid =
        signer == null
            ? Optional.empty()
            : signer.hasSigned(head.signedText(ledger, instanceId), signed.signature());
    if (!isValid.orElse(true) || (isSameEnd && !head.chain().equals(stored.chain()))) {
      replaced("its signature is not valid");
    }
  }

  /** Signs the end of the chain after a checkpoint. Does not fail; the next one is signed, too. */
  Future<Void> continued(ChainHead head) {
    if (last != null && head.previous() != null && !last.equals(head.previous())) {
      replaced("expected %s, found %s".formatted(last, head.previous()));
    }
    publish(head);
    if (signer == null || isReplaced) {
      return Future.succeededFuture();
    }
    return auditStore
        .sign(head, signer.sign(head.signedText(ledger, instanceId)))
        .otherwise(
            failure -> {
              log.warn("The chain at {} is not signed yet: {}", head, failure.getMessage());
              return null;
            });
  }

  private void publish(ChainHead head) {
    last = head.chain();
    metrics.chained(head);
  }

  private void replaced(String evidence) {
    isReplaced = true;
    metrics.chainReplaced();
    log.error("The hash chain of {} was replaced: {}", instanceId, evidence);
  }
}
