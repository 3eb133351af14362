package dev.paymeter.gateway.simulator;

import dev.paymeter.gateway.simulator.JournalEntry.Kind;
import dev.paymeter.payment.port.GatewayResult;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.LongFunction;

/**
 * What one simulated gateway was asked and what it answered: a file to which lines are only added,
 * apart from the ledger. Several processes on one machine may be one gateway: each takes a lock,
 * reads what others have added, decides and adds its own, all before it answers, so that they agree
 * on every payment.
 *
 * <p>A line is with the operating system before its answer is given, and so outlives the process,
 * however that ends. It is not forced to the disk: a machine that loses its power may lose the last
 * seconds, which is good enough where no money moves. The last line of a process that was killed
 * while writing it is taken back by whoever writes next: nobody was answered.
 *
 * <p>All methods block, for tens of microseconds where the file is not long behind. Safe for use by
 * several threads.
 */
final class Journal implements AutoCloseable {
  static final String SUFFIX = ".journal";

  // The lock of a file is its process's: two journals of one file would both have it, and lose it
  // with the first of them. So there is one for all users in a process, and the file that is locked
  // is another than that which others read: a reader that closed it would unlock it.
  private static final Map<Path, Journal> OPEN = new HashMap<>();

  private static final short APPROVED = 1;

  private final Path path;
  private final Clock clock;
  private final FileChannel file;
  private final FileChannel lock;
  private final ReferenceTable known = new ReferenceTable();
  private final List<GatewayResult> answers = new ArrayList<>();
  private final Map<GatewayResult, Short> numbers = new HashMap<>();
  private int users;
  private long end;
  private long received;

  private Journal(Path path, Clock clock) throws IOException {
    this.path = path;
    this.clock = clock;
    this.file = open(path);
    this.lock = open(path.resolveSibling(path.getFileName() + ".lock"));
    forget();
  }

  private static FileChannel open(Path path) throws IOException {
    return FileChannel.open(
        path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /**
   * The journal of one gateway, read to its end.
   *
   * @param directory is made where there is none
   * @param clock for the times in it; where the process has it open already, that one's
   * @throws IOException also where a line in it is none
   */
  static Journal open(Path directory, String gateway, Clock clock) throws IOException {
    Path path = Files.createDirectories(directory).toRealPath().resolve(gateway + SUFFIX);
    synchronized (OPEN) {
      Journal journal = OPEN.get(path);
      if (journal == null) {
        journal = new Journal(path, clock);
        OPEN.put(path, journal);
      }
      journal.users++;
      journal.answer(List.of());
      return journal;
    }
  }

  /**
   * Answers requests in their order; what is new is in the file by then.
   *
   * @throws IOException where nobody knows which of them are in the file
   */
  synchronized List<Request.Verdict> answer(List<Request> requests) throws IOException {
    boolean done = false;
    try (FileLock held = lock.lock()) {
      catchUp();
      Buffer added = Buffer.buffer();
      List<Request.Verdict> verdicts = new ArrayList<>(requests.size());
      for (Request request : requests) {
        verdicts.add(answer(request, added));
      }
      add(added);
      done = true;
      return verdicts;
    } finally {
      if (!done) {
        forget();
      }
    }
  }

  private Request.Verdict answer(Request request, Buffer added) {
    UUID reference = request.reference();
    LongFunction<GatewayResult> decision = request.decision();
    short known = this.known.get(reference);
    if (known == 0) {
      JournalEntry line =
          decision == null
              ? JournalEntry.of(Kind.NEVER, clock.instant(), request)
              : JournalEntry.decided(clock.instant(), request, decision.apply(basis(request)));
      take(line);
      added.appendBuffer(line.toBuffer());
      return new Request.Verdict(
          line.answer(), decision == null || line.isOfRefund() ? 0 : received);
    }
    if (decision != null) {
      added.appendBuffer(JournalEntry.of(Kind.AGAIN, clock.instant(), request).toBuffer());
    }
    return new Request.Verdict(answer(known, reference), 0);
  }

  /** What a decision goes by. */
  private long basis(Request request) {
    return request.charge() == null ? received + 1 : left(request.charge());
  }

  /** What can be given back yet of a charge. */
  private long left(UUID charge) {
    return known.get(charge) == APPROVED ? known.amount(charge) : 0;
  }

  private GatewayResult answer(short number, UUID reference) {
    return number == APPROVED ? JournalEntry.approved(reference) : answers.get(number);
  }

  /** Learns what a line says. */
  private void take(JournalEntry line) {
    switch (line.kind()) {
      case APPROVED -> approve(line);
      case REFUSED, NEVER -> known.put(line.reference(), number(line.answer()), 0);
      case AGAIN -> {}
    }
    if (line.order() != null && !line.isOfRefund()) {
      received++;
    }
  }

  private void approve(JournalEntry line) {
    long amount = Objects.requireNonNull(line.order()).amount();
    UUID charge = line.charge();
    known.put(line.reference(), APPROVED, charge == null ? amount : 0);
    if (charge != null) {
      known.add(charge, -amount);
    }
  }

  /** There are few different refusals: each is kept once. */
  private short number(GatewayResult answer) {
    return numbers.computeIfAbsent(
        answer,
        fresh -> {
          if (answers.size() == Short.MAX_VALUE) {
            throw new IllegalStateException("too many different refusals in " + path);
          }
          answers.add(fresh);
          return (short) (answers.size() - 1);
        });
  }

  /** Reads what other processes have added. Under the lock nobody is writing a line. */
  private void catchUp() throws IOException {
    long size = file.size();
    if (size < end) {
      forget();
    }
    if (size > end) {
      end = JournalFile.read(path, file, end, this::take);
      if (size > end) {
        file.truncate(end);
      }
    }
  }

  private void add(Buffer lines) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(lines.getBytes());
    while (bytes.hasRemaining()) {
      file.write(bytes, end + bytes.position());
    }
    end += lines.length();
  }

  /** What is known may be other than what the file says: it is read again, from its beginning. */
  private void forget() {
    known.clear();
    answers.clear();
    numbers.clear();
    answers.add(JournalEntry.NEVER_RECEIVED); // Nobody's: 0 means unknown, and 1 approved.
    answers.add(JournalEntry.NEVER_RECEIVED);
    end = 0;
    received = 0;
  }

  /** Leaves the file to the others. */
  @Override
  public void close() throws IOException {
    synchronized (OPEN) {
      if (--users == 0) {
        OPEN.remove(path);
        file.close();
        lock.close();
      }
    }
  }
}
