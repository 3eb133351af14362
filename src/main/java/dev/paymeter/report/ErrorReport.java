package dev.paymeter.report;

import dev.paymeter.payment.Severity;
import java.util.Set;

/**
 * What another service reports of an error of its own.
 *
 * @param publisher who reports it
 * @param id the publisher's own name for it: what comes again under it is the same error
 * @param service whose error it is; none of {@link #OUR_SERVICES}
 * @param errorType what kind of error, as a class is named
 */
public record ErrorReport(
    String publisher, String id, String service, String errorType, Severity severity) {

  /** Whose errors we count ourselves, of payments and beside them: nobody else may report any. */
  public static final Set<String> OUR_SERVICES =
      Set.of("payment", "refund", "ledger", "machine_readings");
}
