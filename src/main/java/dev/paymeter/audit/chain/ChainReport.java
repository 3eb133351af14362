package dev.paymeter.audit.chain;

import java.util.List;

/**
 * The result of a verification.
 *
 * @param rows the number of verified rows
 * @param notClosed the number of rows that no page contains yet
 * @param signatures the number of valid signatures
 * @param heads the number of heads in scrapes that were compared
 * @param notices what is known and no difference, such as differences that operators have accepted
 */
public record ChainReport(
    int instances,
    long pages,
    long rows,
    long notClosed,
    long signatures,
    long heads,
    List<Finding> findings,
    List<String> notices) {
  public ChainReport {
    findings = List.copyOf(findings);
    notices = List.copyOf(notices);
  }
}
