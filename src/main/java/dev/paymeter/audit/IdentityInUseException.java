package dev.paymeter.audit;

/** A live process holds the identity that this one was given. */
public final class IdentityInUseException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * Says who has it.
   *
   * @param holder host and process of the one that holds it
   */
  public IdentityInUseException(String instanceId, String holder) {
    super(
        "instance.id: wanted an identity of its own, found \""
            + instanceId
            + "\" in use by the live process "
            + holder,
        null,
        false,
        false);
  }
}
