package dev.paymeter.gateway.simulator;

import java.util.SplittableRandom;

/**
 * Source of reproducible random numbers: the nth generator of a name is always the same, regardless
 * of the order of other draws.
 *
 * @param seed shared by all names
 */
record SeededRandom(long seed, String name) {
  SplittableRandom generator(long n) {
    return new SplittableRandom(seed ^ mix(name.hashCode()) ^ mix(n));
  }

  /** Spreads close numbers far apart: the finalizer of MurmurHash3 (Appleby, 2011). */
  static long mix(long z) {
    z = (z ^ (z >>> 33)) * 0xff51afd7ed558ccdL;
    z = (z ^ (z >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return z ^ (z >>> 33);
  }
}
