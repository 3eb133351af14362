package dev.paymeter.payment.port;

/** Another process has taken over this instance's identity: this one must not write any more. */
public final class SupersededException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public SupersededException(String instanceId) {
    super("another process has taken over the identity " + instanceId, null, false, false);
  }
}
