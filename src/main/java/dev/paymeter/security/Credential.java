package dev.paymeter.security;

import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The identity and the scopes of an authenticated client, from its API key.
 *
 * @param id the key's id; unique and never reused
 * @param name the key's name, for people
 * @param owner the client, which may have several keys; its idempotency keys belong to all of them.
 *     Of a merchant's keys, it is the merchant, in a form that no other owner can have
 * @param merchant the only merchant whose payments the client sees; null if it sees all payments
 */
public record Credential(
    String id, String name, String owner, @Nullable String merchant, Set<Scope> scopes) {
  /** Precedes the name of a merchant that is an owner; no other owner contains it. */
  static final String MERCHANT_PREFIX = "merchant=";

  private static final String NO_KEY = "anonymous";

  /** The credential of all requests to a service that requires no key. It has all scopes. */
  public static final Credential ANONYMOUS =
      new Credential(NO_KEY, NO_KEY, "", null, EnumSet.allOf(Scope.class));

  /**
   * The credential of requests that need no key although there are keys, because they come from
   * this machine: it moves no money.
   */
  public static final Credential LOCAL_OPERATOR =
      new Credential("local", "local", "", null, EnumSet.of(Scope.OPERATE, Scope.READ));

  public Credential {
    scopes = Set.copyOf(scopes);
  }

  /** Returns a merchant as the owner of its keys. */
  public static String ownerOfMerchant(String merchant) {
    return MERCHANT_PREFIX + merchant;
  }

  /** Returns whether it is that of an API key. */
  public boolean isOfKey() {
    return !equals(ANONYMOUS) && !equals(LOCAL_OPERATOR);
  }

  /** Returns what a rate limit belongs to: the merchant, or the key if it is bound to none. */
  public String rateLimitOwner() {
    return merchant == null ? id : owner;
  }

  public boolean hasScope(Scope scope) {
    return scopes.contains(scope);
  }
}
