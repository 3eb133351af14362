package dev.paymeter.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import net.logstash.logback.decorate.json.JsonWriteFeatureDecorator;
import net.logstash.logback.encoder.LogstashEncoder;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Configuration of the log, which is written to standard error, by a thread of its own. Nothing
 * that logs ever waits for its reader.
 */
public final class LoggingSetup {
  /** Formats of log lines. */
  public enum Format {
    /** For terminals. */
    TEXT,
    /** JSON objects, one per line. */
    JSON
  }

  /** About half a minute of lines at 500 payments per second. */
  private static final int QUEUE_BYTES = 16 * 1024 * 1024;

  private static final Duration FLUSH_TIMEOUT = Duration.ofSeconds(5);

  /** Encodes the line that reports dropped lines; null before the first configuration. */
  private static volatile @Nullable Encoder<ILoggingEvent> encoder;

  /** Loaded with the first use, so that programs that do not configure the log have no thread. */
  private static final class Standard {
    static final LogWriter WRITER =
        new LogWriter(
                new FileOutputStream(FileDescriptor.err), QUEUE_BYTES, LoggingSetup::droppedLine)
            .start();
  }

  private LoggingSetup() {}

  static LogWriter writer() {
    return Standard.WRITER;
  }

  /**
   * Redirects the standard error to the log's queue, so that its order is kept, and a full pipe
   * does not block a thread that prints. The process must call {@link #flush} before it ends.
   */
  public static void queueStandardError() {
    LogWriter writer = writer();
    System.setErr(
        new PrintStream(
            new OutputStream() {
              @Override
              public void write(int single) {
                write(new byte[] {(byte) single}, 0, 1);
              }

              @Override
              public void write(byte[] bytes, int offset, int length) {
                writer.write(Level.ERROR, Arrays.copyOfRange(bytes, offset, offset + length));
              }
            },
            false,
            StandardCharsets.UTF_8));
  }

  /** Returns the number of log lines that were dropped, because their reader was slow or failed. */
  public static long droppedLines() {
    return writer().droppedLines();
  }

  /** Waits until the log is written, for at most five seconds. */
  public static void flush() {
    flush(FLUSH_TIMEOUT);
  }

  static void flush(Duration timeout) {
    writer().flush(timeout);
  }

  private static byte[] droppedLine(long lines) {
    Encoder<ILoggingEvent> current = encoder;
    if (current == null) {
      return new byte[0];
    }
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    return current.encode(
        new LoggingEvent(
            LoggingSetup.class.getName(),
            context.getLogger(LoggingSetup.class),
            Level.WARN,
            "Dropped {} log lines, because their reader was too slow",
            null,
            new Object[] {lines}));
  }

  /**
   * Configures the log of the whole JVM.
   *
   * @param level lowest level that is logged
   */
  public static void configure(Format format, Level level) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    context.setMDCAdapter(new RequestFields());
    context.addTurboFilter(new OutOfMemoryExit.Filter());
    Encoder<ILoggingEvent> formatEncoder = encoder(format, context);
    encoder = formatEncoder;
    QueueAppender appender = new QueueAppender(formatEncoder, writer());
    appender.setContext(context);
    appender.start();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.addAppender(appender);
    root.setLevel(level);
    // Vert.x registers a gauge again for each client, and then counts with the first one.
    context.getLogger("io.micrometer.core.instrument.MeterRegistry").setLevel(Level.ERROR);
    // These libraries log internal details at level info.
    context.getLogger("com.hazelcast").setLevel(Level.WARN);
    context.getLogger("com.hazelcast.internal.server.tcp").setLevel(Level.ERROR);
    context.getLogger("com.hazelcast.cp").setLevel(Level.ERROR); // Not used.
    context.getLogger("org.flywaydb").setLevel(Level.WARN);
  }

  /** Returns an encoder that writes one line for each event. */
  static Encoder<ILoggingEvent> encoder(Format format, LoggerContext context) {
    return format == Format.JSON ? json(context) : text(context);
  }

  private static Encoder<ILoggingEvent> json(LoggerContext context) {
    JsonWriteFeatureDecorator ascii = new JsonWriteFeatureDecorator();
    // Some log readers also treat characters such as U+2028 and U+0085 as line ends.
    ascii.addEnable("ESCAPE_NON_ASCII");
    LogstashEncoder encoder = new LogstashEncoder();
    encoder.setContext(context);
    encoder.addDecorator(ascii);
    encoder.start();
    return encoder;
  }

  private static Encoder<ILoggingEvent> text(LoggerContext context) {
    PatternLayout layout = SafeTextLayout.layout(context);
    layout.start();
    LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
    encoder.setContext(context);
    encoder.setLayout(layout);
    encoder.start();
    return encoder;
  }

  /** Mapped diagnostic context with the fields of the current request, for layouts and encoders. */
  private static final class RequestFields extends LogbackMDCAdapter {
    @Override
    public Map<String, String> getPropertyMap() {
      return LogFields.current();
    }

    @Override
    public Map<String, String> getCopyOfContextMap() {
      return LogFields.current();
    }
  }
}
