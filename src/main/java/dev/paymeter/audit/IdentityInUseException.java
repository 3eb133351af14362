package dev.paymeter.audit;

/** A live process holds the lease of the instance. */
public final class IdentityInUseException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * @param holder host and process that hold the lease
   */
  public IdentityInUseException(String instanceId, String holder) {
    super(
        "instance.id: expected an identity that no other process uses, found \""
            + instanceId
            + "\" used by the live process "
            + holder,
        null,
        false,
        false);
  }
}
