package dev.paymeter.security;

import java.util.EnumSet;
import java.util.Set;

/**
 * The identity and the scopes of an authenticated client, from its API key.
 *
 * @param id the key's id; unique and never reused
 * @param name the key's name, for people
 * @param owner the client, which may have several keys; its idempotency keys belong to all of them
 */
public record Credential(String id, String name, String owner, Set<Scope> scopes) {
  private static final String NO_KEY = "anonymous";

  /** The credential of all requests to a service that requires no key. It has all scopes. */
  public static final Credential ANONYMOUS =
      new Credential(NO_KEY, NO_KEY, "", EnumSet.allOf(Scope.class));

  /**
   * The credential of requests that need no key although there are keys, because they come from
   * this machine: it moves no money.
   */
  public static final Credential LOCAL_OPERATOR =
      new Credential("local", "local", "", EnumSet.of(Scope.OPERATE, Scope.READ));

  public Credential {
    scopes = Set.copyOf(scopes);
  }

  /** Returns whether it is that of an API key. */
  public boolean isOfKey() {
    return !equals(ANONYMOUS) && !equals(LOCAL_OPERATOR);
  }

  public boolean hasScope(Scope scope) {
    return scopes.contains(scope);
  }
}
