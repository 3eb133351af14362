package dev.paymeter.gateway.simulator;

import io.vertx.core.Future;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Where a simulated gateway's requests wait for its journal, on a thread that may block. Those that
 * wait together are written together. Safe from any thread.
 */
final class RequestBatcher {
  /** Others use the file, too. */
  private static final int MOST_AT_ONCE = 256;

  private final Journal journal;
  private final Executor thread;
  private final Queue<Waiting> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean due = new AtomicBoolean();

  private record Waiting(Request request, Reply<Request.Verdict> reply) {}

  /**
   * @param thread may block
   */
  RequestBatcher(Journal journal, Executor thread) {
    this.journal = journal;
    this.thread = thread;
  }

  /**
   * @return fails where nobody knows whether the request is in the journal
   */
  Future<Request.Verdict> ask(Request request) {
    Reply<Request.Verdict> reply = Reply.here();
    waiting.add(new Waiting(request, reply));
    wake();
    return reply.future();
  }

  private void wake() {
    if (due.compareAndSet(false, true)) {
      try {
        thread.execute(this::serve);
      } catch (RejectedExecutionException closed) {
        due.set(false);
        take(Integer.MAX_VALUE).forEach(asked -> asked.reply().fail(closed));
      }
    }
  }

  private void serve() {
    due.set(false);
    List<Waiting> served = take(MOST_AT_ONCE);
    try {
      List<Request.Verdict> verdicts =
          journal.answer(served.stream().map(Waiting::request).toList());
      for (int i = 0; i < verdicts.size(); i++) {
        served.get(i).reply().complete(verdicts.get(i));
      }
    } catch (IOException | RuntimeException e) {
      served.forEach(asked -> asked.reply().fail(e));
    }
    if (!waiting.isEmpty()) {
      wake();
    }
  }

  private List<Waiting> take(int most) {
    List<Waiting> taken = new ArrayList<>();
    for (Waiting next; taken.size() < most && (next = waiting.poll()) != null; ) {
      taken.add(next);
    }
    return taken;
  }
}
