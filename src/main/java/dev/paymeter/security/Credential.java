package dev.paymeter.security;

import java.util.EnumSet;
import java.util.Set;

/**
 * Who asks: a key, without its secret.
 *
 * @param id unique among keys, and never given to another one
 * @param name what people call it
 */
public record Credential(String id, String name, Set<Scope> scopes) {
  private static final String NOBODY = "anonymous";

  /** Whoever reaches a service that asks nobody for a key: it may do everything. */
  public static final Credential ANONYMOUS =
      new Credential(NOBODY, NOBODY, EnumSet.allOf(Scope.class));

  public Credential {
    scopes = Set.copyOf(scopes);
  }

  public boolean may(Scope scope) {
    return scopes.contains(scope);
  }
}
