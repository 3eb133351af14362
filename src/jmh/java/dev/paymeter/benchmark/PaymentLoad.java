package dev.paymeter.benchmark;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * A load of payments over HTTP, from a single thread that does little but read and write, because
 * it shares the machine with the measured processes. Each connection has at most one request in
 * flight, because the service handles those of a connection sequentially.
 */
final class PaymentLoad implements AutoCloseable {
  private static final byte[] LENGTH = "\ncontent-length: ".getBytes(US_ASCII);
  private static final long SHORT_NANOS = 50_000;
  private static final Duration RESPONSE_TIMEOUT = Duration.ofSeconds(30);

  private final Selector selector = Selector.open();
  private final List<Connection> connections = new ArrayList<>();
  private final Deque<Connection> idle = new ArrayDeque<>();
  private long sent;

  // Of the current window.
  private long[] latencies = new long[1 << 16];
  private int answered;
  private int inFlight;

  PaymentLoad(int port, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      connections.add(new Connection(port));
    }
    idle.addAll(connections);
  }

  /**
   * The result of one window.
   *
   * @param nanos from the due time of each payment to its response, sorted
   */
  record Window(double perSecond, long[] nanos) {
    double millis(double quantile) {
      return nanos[(int) Math.min(nanos.length - 1, (long) (quantile * nanos.length))] / 1e6;
    }
  }

  /** Sends as fast as possible: each connection sends its next request at once. */
  Window saturate(Duration time) throws IOException {
    return measure(time, Double.POSITIVE_INFINITY);
  }

  /** Sends at a constant rate, even if earlier requests have no response yet. */
  Window atRate(double perSecond, Duration time) throws IOException {
    return measure(time, perSecond);
  }

  private Window measure(Duration time, double perSecond) throws IOException {
    answered = 0;
    long start = System.nanoTime();
    long end = start + time.toNanos();
    double interval = 1e9 / perSecond;
    long due = 0;
    for (long now = start; now < end; now = System.nanoTime()) {
      for (; !idle.isEmpty() && due * interval <= now - start; due++) {
        idle.remove().send(perSecond < Double.MAX_VALUE ? start + (long) (due * interval) : now);
      }
      boolean busy = idle.isEmpty() || perSecond == Double.POSITIVE_INFINITY;
      receive(
          busy ? RESPONSE_TIMEOUT.toMillis() : waitMillis(start + (long) (due * interval), now));
    }
    int counted = answered;
    double seconds = (System.nanoTime() - start) / 1e9;
    while (inFlight > 0) {
      receive(RESPONSE_TIMEOUT.toMillis());
    }
    long[] nanos = Arrays.copyOf(latencies, answered);
    Arrays.sort(nanos);
    return new Window(counted / seconds, nanos);
  }

  /** Returns 0 for less than a millisecond, the minimum of a selector. */
  private static long waitMillis(long due, long now) {
    return Math.max(0, (due - now) / 1_000_000);
  }

  private void receive(long millis) throws IOException {
    int ready = millis == 0 ? selector.selectNow() : selector.select(millis);
    if (ready == 0 && millis == 0) {
      LockSupport.parkNanos(SHORT_NANOS); // Leaves the core to the measured processes.
    }
    if (ready == 0 && millis == RESPONSE_TIMEOUT.toMillis()) {
      throw new IOException(inFlight + " payments without a response within " + RESPONSE_TIMEOUT);
    }
    for (SelectionKey key : selector.selectedKeys()) {
      ((Connection) key.attachment()).receive();
    }
    selector.selectedKeys().clear();
  }

  /** A connection with one request in flight at most. */
  private final class Connection {
    private final SocketChannel channel;
    private final ByteBuffer in = ByteBuffer.allocateDirect(1 << 14);
    private final ByteBuffer out = ByteBuffer.allocateDirect(1 << 10);
    private final byte[] answer = new byte[1 << 14];
    private long due;

    Connection(int port) throws IOException {
      channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ, this);
    }

    void send(long due) throws IOException {
      this.due = due;
      long n = sent++;
      String order =
          "{\"order_id\":\"order_%d\",\"user_id\":\"user_%d\",\"amount\":\"%d.50\"}"
              .formatted(n, n % 1000, n % 2000 + 1);
      String request =
          "POST /v1/payments HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
              + "Content-Length: "
              + order.length()
              + "\r\n\r\n"
              + order;
      out.clear().put(request.getBytes(US_ASCII)).flip();
      channel.write(out);
      if (out.hasRemaining()) {
        throw new IOException("a request exceeds the socket's buffer");
      }
      inFlight++;
    }

    void receive() throws IOException {
      if (channel.read(in) < 0) {
        throw new IOException("the service has closed a connection");
      }
      int length = in.position();
      in.get(0, answer, 0, length);
      if (isComplete(length)) {
        check(length);
        in.clear();
        inFlight--;
        if (answered == latencies.length) {
          latencies = Arrays.copyOf(latencies, 2 * answered);
        }
        latencies[answered++] = System.nanoTime() - due;
        idle.add(this);
      }
    }

    private boolean isComplete(int length) {
      int field = find(LENGTH, 0, length);
      if (field < 0) {
        return false;
      }
      int body = 0;
      int i = field + LENGTH.length;
      for (; i < length && answer[i] >= '0' && answer[i] <= '9'; i++) {
        body = 10 * body + answer[i] - '0';
      }
      for (; i + 3 < length; i++) {
        if (answer[i] == '\r' && answer[i + 2] == '\r') {
          return length == i + 4 + body;
        }
      }
      return false;
    }

    private int find(byte[] text, int from, int length) {
      for (int i = from; i + text.length <= length; i++) {
        if (Arrays.equals(answer, i, i + text.length, text, 0, text.length)) {
          return i;
        }
      }
      return -1;
    }

    /** A declined payment counts, too: its final state is in the ledger. */
    private void check(int length) throws IOException {
      int status = 100 * (answer[9] - '0') + 10 * (answer[10] - '0') + answer[11] - '0';
      if (status != 201 && status != 402 && status != 502) {
        throw new IOException(new String(answer, 0, length, US_ASCII));
      }
    }
  }

  /** Returns the number of payments with a response, since the start. */
  long answered() {
    return sent - inFlight;
  }

  @Override
  public void close() throws IOException {
    for (Connection connection : connections) {
      connection.channel.close();
    }
    selector.close();
  }
}
