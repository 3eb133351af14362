package dev.paymeter.logging;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LogWriterTest {
  private static final int CAPACITY = 1000;
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(50);

  private final Output output = new Output();
  private final LogWriter writer =
      new LogWriter(output, CAPACITY, lines -> bytes("dropped " + lines + "\n")).start();

  /** An output that can block, as a pipe whose reader has stopped, or fail. */
  private static final class Output extends OutputStream {
    final CountDownLatch entered = new CountDownLatch(1);
    final Semaphore permits = new Semaphore(0);
    final ByteArrayOutputStream written = new ByteArrayOutputStream();
    final AtomicInteger writes = new AtomicInteger();
    volatile boolean isFull;

    @Override
    public void write(int single) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void write(byte[] lines, int offset, int length) throws IOException {
      writes.incrementAndGet();
      entered.countDown();
      try {
        permits.acquire();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // Later calls do not wait, either.
        throw new InterruptedIOException("the test's time is over");
      }
      if (isFull) {
        throw new IOException("No space left on device");
      }
      written.write(lines, offset, length);
    }

    String text() {
      return written.toString(US_ASCII);
    }
  }

  @Test
  void write_outputAccepts_writesAllInOrder() {
    output.permits.release(CAPACITY);

    writer.write(Level.INFO, bytes("first\n"));
    writer.write(Level.DEBUG, bytes("second\n"));

    assertThat(writer.flush(LONG)).isTrue();
    assertThat(output.text()).isEqualTo("first\nsecond\n");
    assertThat(writer.droppedLines()).isZero();
  }

  @Test
  void write_outputBlocks_dropsAndCountsTheRestAndReportsItLater() throws InterruptedException {
    writer.write(Level.INFO, line('a'));
    output.entered.await();

    for (int i = 0; i < 20; i++) {
      writer.write(Level.INFO, line('b'));
    }

    assertThat(writer.droppedLines()).as("750 bytes for 21 lines of 100").isEqualTo(14);
    assertThat(writer.flush(SHORT)).isFalse();

    for (int i = 0; i < 20; i++) {
      writer.write(Level.ERROR, line('e'));
    }

    assertThat(writer.droppedLines()).as("300 bytes for 20 errors").isEqualTo(14 + 17);

    output.permits.release(CAPACITY);

    assertThat(writer.flush(LONG)).isTrue();
    writer.flush(LONG); // The line about the others was added meanwhile.
    assertThat(output.text().lines())
        .hasSize(1 + 6 + 3 + 1)
        .contains("dropped 31")
        .filteredOn(text -> text.startsWith("e"))
        .hasSize(3);
  }

  @Test
  void write_linesWait_writesThemTogether() throws InterruptedException {
    writer.write(Level.INFO, bytes("0\n"));
    output.entered.await();
    for (int i = 1; i < 100; i++) {
      writer.write(Level.INFO, bytes(i + "\n"));
    }

    output.permits.release(CAPACITY);

    assertThat(writer.flush(LONG)).isTrue();
    assertThat(output.text().lines()).hasSize(100);
    assertThat(output.writes).hasValue(2);
  }

  @Test
  void write_lineLongerThanABatch_isWrittenWhole() {
    LogWriter large = new LogWriter(output, 1 << 20, lines -> bytes("")).start();
    output.permits.release(CAPACITY);
    String text = "x".repeat(100_000) + "\n";

    large.write(Level.ERROR, bytes("before\n"));
    large.write(Level.ERROR, bytes(text));
    large.write(Level.ERROR, bytes("after\n"));

    assertThat(large.flush(LONG)).isTrue();
    assertThat(output.text()).isEqualTo("before\n" + text + "after\n");
  }

  @Test
  void write_outputFails_countsTheLineAndWritesLaterOnes() {
    output.permits.release(CAPACITY);
    output.isFull = true;
    writer.write(Level.INFO, bytes("lost\n"));
    assertThat(writer.flush(LONG)).isTrue();
    assertThat(writer.droppedLines()).isEqualTo(1);
    output.isFull = false;

    writer.write(Level.INFO, bytes("kept\n"));

    writer.flush(LONG);
    writer.flush(LONG);
    assertThat(output.text()).isEqualTo("kept\ndropped 1\n");
    assertThat(writer.droppedLines()).isEqualTo(1);
  }

  /** Returns a line of 100 bytes. */
  private static byte[] line(char letter) {
    return bytes(String.valueOf(letter).repeat(99) + "\n");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(US_ASCII);
  }
}
