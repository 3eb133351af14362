package dev.paymeter.webhook.client;

/** The rejection of an address, before any connection. */
final class AddressRejectedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  AddressRejectedException(String message) {
    super(message, null, false, false);
  }
}
