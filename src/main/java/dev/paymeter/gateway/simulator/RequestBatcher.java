package dev.paymeter.gateway.simulator;

import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.port.GatewayResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Queues a simulated gateway's requests and writes them to its journal in batches, on a thread that
 * may block. Safe from any thread.
 */
final class RequestBatcher {
  /** Limits the time for which the file is locked. */
  private static final int MAX_BATCH = 256;

  /** Requests that wait for the journal; further ones are not received. */
  static final int MAX_WAITING = 10_000;

  private static final GatewayResult FULL =
      GatewayResult.notSubmitted(
          FailureCode.GATEWAY_BUSY, "The gateway is overloaded, and did not accept the request");

  private final Journal journal;
  private final Executor thread;
  private final BlockingQueue<Pending> waiting = new LinkedBlockingQueue<>(MAX_WAITING);
  private final AtomicBoolean isScheduled = new AtomicBoolean();

  private record Pending(Request request, Promise<Request.Outcome> outcome) {}

  /**
   * @param thread may block
   */
  RequestBatcher(Journal journal, Executor thread) {
    this.journal = journal;
    this.thread = thread;
  }

  /**
   * Queues a request. If too many requests wait, it is not received.
   *
   * @return fails if it is unknown whether the request is in the journal
   */
  Future<Request.Outcome> submit(Request request) {
    Promise<Request.Outcome> outcome = promise();
    if (!waiting.offer(new Pending(request, outcome))) {
      return reject(request);
    }
    schedule();
    return outcome.future();
  }

  /** An inquiry that is not received is no evidence. */
  private static Future<Request.Outcome> reject(Request request) {
    return request.isInquiry()
        ? Future.failedFuture("the gateway is overloaded")
        : Future.succeededFuture(new Request.Outcome(FULL, 0));
  }

  /**
   * Reads a part of the journal, after the queued requests.
   *
   * @param since as in {@link Journal#part}
   * @param from as there
   */
  Future<Journal.Part> read(Instant since, long from) {
    return read(read -> read.part(since, from));
  }

  /** A step that reads a journal. */
  interface Reader<T> {
    /**
     * @throws IOException if the journal cannot be read
     */
    T read(Journal journal) throws IOException;
  }

  /** Reads the journal, after the queued requests. */
  <T> Future<T> read(Reader<T> reader) {
    Promise<T> result = promise();
    try {
      thread.execute(() -> read(reader, result));
    } catch (RejectedExecutionException closed) {
      result.fail(closed);
    }
    return result.future();
  }

  private <T> void read(Reader<T> reader, Promise<T> result) {
    try {
      result.complete(reader.read(journal));
    } catch (IOException | RuntimeException e) {
      result.fail(e);
    }
  }

  /** Returns a promise whose listeners run on the caller's context, with its log fields. */
  static <T> Promise<T> promise() {
    ContextInternal caller = ContextInternal.current();
    return caller == null ? Promise.promise() : caller.promise();
  }

  private void schedule() {
    if (isScheduled.compareAndSet(false, true)) {
      try {
        thread.execute(this::processBatch);
      } catch (RejectedExecutionException closed) {
        isScheduled.set(false);
        take(Integer.MAX_VALUE).forEach(pending -> pending.outcome().fail(closed));
      }
    }
  }

  private void processBatch() {
    isScheduled.set(false);
    List<Pending> batch = take(MAX_BATCH);
    try {
      List<Request.Outcome> outcomes =
          journal.process(batch.stream().map(Pending::request).toList());
      for (int i = 0; i < outcomes.size(); i++) {
        batch.get(i).outcome().complete(outcomes.get(i));
      }
    } catch (IOException | RuntimeException e) {
      batch.forEach(pending -> pending.outcome().fail(e));
    }
    if (!waiting.isEmpty()) {
      schedule();
    }
  }

  private List<Pending> take(int max) {
    List<Pending> taken = new ArrayList<>();
    for (Pending next; taken.size() < max && (next = waiting.poll()) != null; ) {
      taken.add(next);
    }
    return taken;
  }
}
