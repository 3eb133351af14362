package dev.paymeter.payment;

import java.util.Locale;

/**
 * The action by which a payer authenticates a payment. Its value is a secret of the payer: with it,
 * anyone can take the action.
 *
 * @param value a URL, or the gateway's client secret, see {@link Kind}
 */
public record NextAction(Kind kind, String value) {
  /** The kinds of actions. */
  public enum Kind implements Labeled {
    /** The payer's browser opens a URL of the gateway, which leads back to the return URL. */
    REDIRECT,
    /** The gateway's client library takes over, with the client secret. */
    CLIENT_SECRET;

    /**
     * Returns the kind with this label.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Kind of(String label) {
      return valueOf(label.toUpperCase(Locale.ROOT));
    }
  }

  @Override
  public String toString() {
    return kind.label() + " ***";
  }
}
