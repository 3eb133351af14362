package dev.paymeter.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import java.util.Map;
import net.logstash.logback.decorate.json.JsonWriteFeatureDecorator;
import net.logstash.logback.encoder.LogstashEncoder;
import org.slf4j.LoggerFactory;

/** Configuration of the log, which is written to standard error. */
public final class LoggingSetup {
  /** Formats of log lines. */
  public enum Format {
    /** For terminals. */
    TEXT,
    /** JSON objects, one per line. */
    JSON
  }

  private LoggingSetup() {}

  /**
   * Configures the log of the whole JVM.
   *
   * @param level lowest level that is logged
   */
  public static void configure(Format format, Level level) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    context.setMDCAdapter(new RequestFields());
    ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
    console.setContext(context);
    console.setTarget("System.err");
    console.setEncoder(encoder(format, context));
    console.start();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.addAppender(console);
    root.setLevel(level);
    // Concurrent event loops may register a Vert.x gauge twice, which is harmless.
    context.getLogger("io.micrometer.core.instrument.MeterRegistry").setLevel(Level.ERROR);
    // These libraries log internal details at level info.
    context.getLogger("com.hazelcast").setLevel(Level.WARN);
    context.getLogger("com.hazelcast.internal.server.tcp").setLevel(Level.ERROR);
    context.getLogger("com.hazelcast.cp").setLevel(Level.ERROR); // Not used.
    context.getLogger("io.zonky").setLevel(Level.WARN);
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
