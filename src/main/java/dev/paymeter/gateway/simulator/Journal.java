package dev.paymeter.gateway.simulator;

import dev.paymeter.gateway.simulator.JournalEntry.Kind;
import dev.paymeter.payment.Authorization;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.port.GatewayDispute;
import dev.paymeter.payment.port.GatewayResult;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.parsetools.RecordParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Append-only file of the requests to one simulated gateway and of its results, independent of the
 * ledger. Several processes on one machine can share it: before responding, each takes a lock,
 * reads the lines of the others, decides, and appends its own lines. All of them therefore have the
 * same result for a gateway key.
 *
 * <p>A line contains the journal's account, which identifies the file. A journal that is deleted or
 * replaced has another account, because it has no evidence about the payments in the previous one.
 *
 * <p>A line is written to the operating system before its response is sent, so it survives the end
 * of the process. It is not forced to the disk: a power failure can lose the last seconds, which is
 * acceptable because no money moves. An incomplete last line, of a process that was killed, is
 * truncated by the next writer; its request got no response.
 *
 * <p>All methods block, usually for tens of microseconds. Safe from any thread.
 */
final class Journal implements AutoCloseable {
  static final String SUFFIX = ".journal";

  private static final GatewayResult MORE_THAN_HELD =
      GatewayResult.rejected(
          FailureCode.AMOUNT_TOO_LARGE, "The amount exceeds the amount that is held");

  private static final PaymentException NOT_AUTHENTICATED =
      PaymentException.of(
          FailureCode.AUTHENTICATION_FAILED, "The payer did not pass the authentication");

  private static final PaymentException NOT_IN_TIME =
      PaymentException.of(
          FailureCode.AUTHENTICATION_TIMEOUT, "The payer did not authenticate the payment in time");

  // A file lock belongs to the process: closing any channel of the file releases it. Therefore a
  // process has one journal per file, and locks a separate file that readers do not open.
  private static final Map<Path, Journal> OPEN = new HashMap<>();

  private static final int CHUNK = 64 << 10;

  /** Size of a part: some hundred charges. */
  private static final int PART = 256 << 10;

  /** Size that no line exceeds. */
  private static final int MAX_LINE = 16 << 10;

  private final Path path;
  private final Clock clock;
  private final FileChannel file;
  private final FileChannel lock;
  private int users;

  /** The account of the file when it was opened. */
  private @Nullable UUID openedAccount;

  /** The content up to {@link #end}, and of the added lines. */
  private final JournalContent content;

  private long end;
  private Buffer added = Buffer.buffer();

  private Journal(Path path, Clock clock) throws IOException {
    this.path = path;
    this.content = new JournalContent(path);
    this.clock = clock;
    this.file = PrivateFiles.open(path);
    this.lock = PrivateFiles.open(path.resolveSibling(path.getFileName() + ".lock"));
  }

  /**
   * Opens the journal of one gateway and reads it.
   *
   * @param directory created if absent
   * @param clock source of timestamps; ignored if the process has the journal open
   * @throws IOException if the file cannot be read or written, or contains an invalid line
   */
  static Journal open(Path directory, String gateway, Clock clock) throws IOException {
    Path path = PrivateFiles.createDirectories(directory).toRealPath().resolve(gateway + SUFFIX);
    synchronized (OPEN) {
      Journal journal = OPEN.get(path);
      if (journal == null) {
        journal = new Journal(path, clock);
        OPEN.put(path, journal);
      }
      journal.users++;
      journal.process(List.of());
      return journal;
    }
  }

  /**
   * Reads from the beginning of a line to the end of the last complete line.
   *
   * @param path named in errors
   * @param lines receives each line and its position
   * @return position after the last complete line; an incomplete line may follow
   * @throws IOException if the file cannot be read, or a line is invalid
   */
  static long read(Path path, FileChannel channel, long from, ObjLongConsumer<JournalEntry> lines)
      throws IOException {
    return read(path, channel, from, channel.size(), lines);
  }

  /**
   * Reads the lines that end before {@code to}, as the other method does.
   *
   * @throws IOException as there
   */
  static long read(
      Path path, FileChannel channel, long from, long to, ObjLongConsumer<JournalEntry> lines)
      throws IOException {
    AtomicLong next = new AtomicLong(from);
    RecordParser parser =
        RecordParser.newDelimited(
            "\n",
            line -> {
              lines.accept(JournalEntry.of(line), next.get());
              next.addAndGet(line.length() + 1);
            });
    byte[] chunk = new byte[(int) Math.min(CHUNK, to - from)];
    long position = from;
    try {
      for (int read; (read = read(channel, chunk, position, to)) > 0; ) {
        parser.handle(Buffer.buffer(Arrays.copyOf(chunk, read)));
        position += read;
      }
    } catch (IllegalArgumentException e) {
      throw new IOException(path + ": invalid line of a journal at byte " + next, e);
    }
    return next.get();
  }

  private static int read(FileChannel channel, byte[] chunk, long from, long to)
      throws IOException {
    int length = (int) Math.min(chunk.length, to - from);
    return length == 0 ? 0 : channel.read(ByteBuffer.wrap(chunk, 0, length), from);
  }

  /**
   * Returns a part of the lines that were complete when the method was called, in order. Leaves out
   * most lines that are older than {@code since}.
   *
   * @param from 0, or {@link Part#next} of the previous part
   * @throws IOException if the file cannot be read, or a line is invalid
   */
  synchronized Part part(Instant since, long from) throws IOException {
    process(List.of());
    List<JournalEntry> lines = new ArrayList<>();
    long start = Math.max(from, content.positionBefore(since));
    long to = Math.min(end, start + PART);
    long next = read(path, file, start, to, (line, position) -> lines.add(line));
    Map<UUID, GatewayResult> later = new HashMap<>();
    lines.stream()
        .filter(line -> line.kind() == Kind.AUTHORIZED || line.kind() == Kind.ACTION_REQUIRED)
        .map(JournalEntry::reference)
        .forEach(
            reference -> later.put(reference, Objects.requireNonNull(content.result(reference))));
    return new Part(lines, later, next, next == end);
  }

  /**
   * Part of a journal.
   *
   * @param later the present results of the payments that it has as authorized or waiting
   * @param next position after its last line
   * @param isLast whether there were no lines after it
   */
  record Part(
      List<JournalEntry> lines, Map<UUID, GatewayResult> later, long next, boolean isLast) {}

  /**
   * Processes requests in order. New ones are in the file when the method returns.
   *
   * @throws IOException if it is unknown which of the requests are in the file
   */
  synchronized List<Request.Outcome> process(List<Request> requests) throws IOException {
    boolean isWritten = false;
    try (FileLock ignored = lock.lock()) {
      readNewLines();
      checkAccount();
      List<Request.Outcome> outcomes = new ArrayList<>(requests.size());
      for (Request request : requests) {
        outcomes.add(process(request));
      }
      appendAdded();
      openedAccount = content.account();
      isWritten = true;
      return outcomes;
    } finally {
      if (!isWritten) {
        reset();
      }
    }
  }

  /**
   * Adds an account if the file contains none.
   *
   * @throws IOException if the file had another account when it was opened
   */
  private void checkAccount() throws IOException {
    if (content.account() == null) {
      add(JournalEntry.account(clock.instant(), UUID.randomUUID()));
    }
    if (openedAccount != null && !openedAccount.equals(content.account())) {
      throw new IOException(path + ": the journal was replaced by another one");
    }
  }

  /**
   * Returns the dispute of a charge as it is now; empty if there is none.
   *
   * @param ledger the id of the ledger that the charge belongs to
   * @throws IOException as {@link #process}
   */
  synchronized Optional<GatewayDispute> dispute(UUID reference, UUID ledger) throws IOException {
    process(List.of());
    return Optional.ofNullable(content.dispute(reference))
        .filter(dispute -> dispute.ledger().equals(ledger.toString()))
        .map(dispute -> dispute.at(clock.instant()));
  }

  /** Returns the references of all charges with a dispute, as far as they were read. */
  synchronized List<UUID> disputed() {
    return content.disputed();
  }

  /** Returns the id of the account, which is the same for all processes that share the file. */
  synchronized String account() {
    return "sim_" + openedAccount;
  }

  private Request.Outcome process(Request request) throws IOException {
    actIfDue(request);
    releaseIfExpired(request);
    if (request.step() != null) {
      return new Request.Outcome(carryOut(request), 0);
    }
    LongFunction<GatewayResult> decision = request.decision();
    GatewayResult first = content.result(request.reference());
    if (first == null) {
      JournalEntry line =
          decision == null
              ? JournalEntry.of(Kind.NEVER, clock.instant(), request)
              : decide(request, decision);
      add(line);
      return new Request.Outcome(
          line.firstResult(), decision == null || line.isRefund() ? 0 : content.received());
    }
    if (decision != null) {
      add(JournalEntry.of(Kind.AGAIN, clock.instant(), request));
    }
    return new Request.Outcome(request.hasDerivedReference() ? compare(request, first) : first, 0);
  }

  private JournalEntry decide(Request request, LongFunction<GatewayResult> decision) {
    JournalEntry line =
        JournalEntry.ofDecision(clock.instant(), request, decision.apply(decisionInput(request)));
    return line.kind() == Kind.APPROVED
            && line.refundOf() != null
            && content.hasFailingRefunds(line.refundOf())
        ? line.failingLater()
        : line;
  }

  /** A payer's act is in the file when the payment is next asked about. */
  private void actIfDue(Request request) {
    SimulatedPayer payer = content.payer(request.reference());
    Instant now = clock.instant();
    if (payer != null && payer.hasActed(now)) {
      add(
          payer.act() == SimulatedPayer.Act.SUCCEEDS
              ? JournalEntry.ofAuthentication(now, request, payer)
              : JournalEntry.ofFailure(now, request, NOT_AUTHENTICATED));
    }
  }

  /** A hold that has expired is released when it is next asked about. */
  private void releaseIfExpired(Request request) {
    if (content.result(request.reference()) instanceof GatewayResult.Authorized held
        && !clock.instant().isBefore(held.expiresAt())) {
      add(JournalEntry.of(Kind.EXPIRED, clock.instant(), request));
    }
  }

  /** Captures or cancels what is held; otherwise returns what is on record. */
  private GatewayResult carryOut(Request request) {
    GatewayResult known = content.result(request.reference());
    if (known instanceof GatewayResult.ActionRequired
        && request.step() == Authorization.Kind.VOID) {
      add(JournalEntry.ofFailure(clock.instant(), request, NOT_IN_TIME));
      return Objects.requireNonNull(content.result(request.reference()));
    }
    if (!(known instanceof GatewayResult.Authorized)) {
      return known == null ? JournalEntry.NEVER_RECEIVED : known;
    }
    if (request.step() == Authorization.Kind.VOID) {
      add(JournalEntry.of(Kind.CANCELED, clock.instant(), request));
    } else if (request.order().amount() <= content.held(request.reference())) {
      add(JournalEntry.ofCapture(clock.instant(), request));
    } else {
      return MORE_THAN_HELD;
    }
    return Objects.requireNonNull(content.result(request.reference()));
  }

  private void add(JournalEntry line) {
    content.add(line, end + added.length());
    added.appendBuffer(line.toBuffer());
  }

  /** Returns the first result of a reference that may be that of another payment or refund. */
  private GatewayResult compare(Request request, GatewayResult result) throws IOException {
    JournalEntry first = firstLine(request.reference());
    if (first.id().equals(request.id())) {
      return result;
    }
    return first.order() == null || first.order().equals(request.order())
        ? new GatewayResult.Earlier(first.id(), result)
        : GatewayResult.KEY_OF_ANOTHER_AMOUNT;
  }

  private JournalEntry firstLine(UUID reference) throws IOException {
    appendAdded();
    long position = content.position(reference);
    List<JournalEntry> lines = new ArrayList<>();
    read(path, file, position, Math.min(end, position + MAX_LINE), (line, at) -> lines.add(line));
    return lines.get(0);
  }

  /** Returns the argument of {@link Request#decision}; only approved charges have an amount. */
  private long decisionInput(Request request) {
    return request.refundOf() == null ? content.received() + 1 : content.amount(request.refundOf());
  }

  /** Reads lines of other processes; requires the lock, so that no process is writing a line. */
  private void readNewLines() throws IOException {
    long size = file.size();
    if (size < end) {
      reset();
    }
    if (size > end) {
      end = read(path, file, end, content::add);
      if (size > end) {
        file.truncate(end);
      }
    }
  }

  private void appendAdded() throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(added.getBytes());
    while (bytes.hasRemaining()) {
      file.write(bytes, end + bytes.position());
    }
    end += added.length();
    added = Buffer.buffer();
  }

  /** Clears the content, so that the file is read again from its beginning. */
  private void reset() {
    content.clear();
    end = 0;
    added = Buffer.buffer();
  }

  /** Closes the file when its last user in the process has closed it. */
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
