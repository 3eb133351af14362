package dev.paymeter.support;

import io.vertx.core.Vertx;

/** The Vert.x of all tests of a JVM that do not configure or close one. */
public final class TestVertx {
  public static final Vertx SHARED = Vertx.vertx();

  private TestVertx() {}
}
