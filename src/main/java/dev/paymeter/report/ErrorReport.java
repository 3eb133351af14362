package dev.paymeter.report;

import dev.paymeter.payment.Severity;
import java.util.Set;

/**
 * A report of an error in another service.
 *
 * @param publisher the reporting service
 * @param id the publisher's identifier, by which repeated reports are recognised
 * @param service the service in which the error occurred; none of {@link #RESERVED_SERVICES}
 * @param errorType the type of the error, in the form of a class name
 */
public record ErrorReport(
    String publisher, String id, String service, String errorType, Severity severity) {

  /** Services whose errors Paymeter itself counts; reports for them are rejected. */
  public static final Set<String> RESERVED_SERVICES =
      Set.of("payment", "refund", "ledger", "machine_readings");

  /** Reserved services whose errors have no rows in the ledger. */
  public static final Set<String> UNRECORDED_SERVICES = Set.of("ledger", "machine_readings");
}
