package dev.paymeter.http.server;

import io.netty.util.internal.PlatformDependent;

/**
 * Memory that the clients of one port may occupy.
 *
 * @param bodyBytes heap, for bodies that have not arrived completely
 * @param headBytes direct memory, for heads that have not arrived completely
 * @param unreadBytes direct memory, for responses that the clients have not read
 */
record MemoryShares(long bodyBytes, long headBytes, long unreadBytes) {
  /** There are two ports, and buffers for bodies are up to twice as long. */
  private static final int BODY_SHARES = 8;

  private static final int HEAD_SHARES = 8;
  private static final int UNREAD_SHARES = 4;

  static MemoryShares ofProcess() {
    long direct = PlatformDependent.maxDirectMemory();
    return new MemoryShares(
        Runtime.getRuntime().maxMemory() / BODY_SHARES,
        direct / HEAD_SHARES,
        direct / UNREAD_SHARES);
  }

  /** Returns the part of one event loop. */
  MemoryShares dividedBy(int eventLoops) {
    return new MemoryShares(
        bodyBytes / eventLoops, headBytes / eventLoops, unreadBytes / eventLoops);
  }
}
