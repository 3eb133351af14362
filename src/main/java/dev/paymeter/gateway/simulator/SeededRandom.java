package dev.paymeter.gateway.simulator;

import java.util.SplittableRandom;

/**
 * Random numbers that depend on who draws for the nth time, and not on who else draws when.
 *
 * @param seed of all
 * @param name whose luck it is
 */
record SeededRandom(long seed, String name) {
  /** The nth one's own generator. */
  SplittableRandom of(long n) {
    return new SplittableRandom(seed ^ mix(name.hashCode()) ^ mix(n));
  }

  /** Spreads close numbers far apart: the finalizer of MurmurHash3 (Appleby, 2011). */
  static long mix(long z) {
    z = (z ^ (z >>> 33)) * 0xff51afd7ed558ccdL;
    z = (z ^ (z >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return z ^ (z >>> 33);
  }
}
