package dev.paymeter.payment.service;

/**
 * The number of inquiries at one gateway that may run at a time. It grows by one with each inquiry
 * that brings evidence, and is halved by each one that does not (additive increase, multiplicative
 * decrease: Chiu and Jain, Computer Networks 17, 1989). Thread-safe.
 */
final class InquiryWindow {
  /** The number with which an inquiry is always worth an attempt. */
  static final int MIN = 20;

  private final int max;
  private int size = MIN;
  private int running;
  private boolean isPaused;
  private boolean hasMore;

  /**
   * @param max the maximum number of inquiries at a time, at least {@link #MIN}
   */
  InquiryWindow(int max) {
    this.max = max;
  }

  /** Returns the number of inquiries that may begin now. */
  synchronized int free() {
    return isPaused ? 0 : Math.max(0, size - running);
  }

  /**
   * Begins inquiries.
   *
   * @param free the result of {@link #free}; if as many were due, there may be more
   */
  synchronized void begin(int begun, int free) {
    running += begun;
    hasMore = begun == free;
  }

  /** Begins one inquiry, also after {@link #pause}; returns false if there is no room for it. */
  synchronized boolean tryBegin() {
    if (running >= size) {
      return false;
    }
    running++;
    return true;
  }

  /** Ends an inquiry with evidence. */
  synchronized void succeeded() {
    running--;
    size = Math.min(max, size + 1);
  }

  /** Ends an inquiry without evidence. No other one begins until {@link #resume}. */
  synchronized void failed() {
    running--;
    size = Math.max(MIN, size / 2);
    isPaused = true;
  }

  /** Begins no inquiry until {@link #resume}. */
  synchronized void pause() {
    isPaused = true;
  }

  synchronized void resume() {
    isPaused = false;
  }

  /** Returns true if more inquiries may be due, and the gateway brings evidence. */
  synchronized boolean isBusy() {
    return hasMore && !isPaused;
  }
}
