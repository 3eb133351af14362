package dev.paymeter.payments;

/** Observations of which a test takes those that it is about. */
public class Unobserved implements Observations {
  @Override
  public void settled(Payment payment) {}

  @Override
  public void recorded(BusinessEvent event) {}

  @Override
  public void recorded(ReportedError error) {}

  @Override
  public void timed(Operation operation, Outcome outcome, long nanos) {}

  @Override
  public void failed(String service, String errorType, Severity severity) {}
}
