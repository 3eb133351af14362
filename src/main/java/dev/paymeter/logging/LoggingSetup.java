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

/** Sets up the log: one stream, standard error in the format that the reader wants. */
public final class LoggingSetup {
  /** What a line looks like. */
  public enum Format {
    /** For people at a terminal. */
    TEXT,
    /** One JSON object a line, for machines. */
    JSON
  }

  private LoggingSetup() {}

  /**
   * Takes effect at once, for the whole JVM.
   *
   * @param level lines below it are left out
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
    // Event loops that meet at a Vert.x gauge's first use register it twice, to no effect.
    context.getLogger("io.micrometer.core.instrument.MeterRegistry").setLevel(Level.ERROR);
    // They tell of their own doings at a level that is meant for ours.
    context.getLogger("com.hazelcast").setLevel(Level.WARN);
    context.getLogger("com.hazelcast.internal.server.tcp").setLevel(Level.ERROR);
    context.getLogger("com.hazelcast.cp").setLevel(Level.ERROR); // Of what we do not use.
    context.getLogger("io.zonky").setLevel(Level.WARN);
    context.getLogger("org.flywaydb").setLevel(Level.WARN);
  }

  /** What makes lines of events, one of each. */
  static Encoder<ILoggingEvent> encoder(Format format, LoggerContext context) {
    return format == Format.JSON ? json(context) : text(context);
  }

  private static Encoder<ILoggingEvent> json(LoggerContext context) {
    JsonWriteFeatureDecorator ascii = new JsonWriteFeatureDecorator();
    // Beyond ASCII there are line ends that some readers of lines know, too (U+2028, U+0085).
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

  /**
   * Gives every log event the fields of the request at work, under the name that layouts and
   * encoders know: the mapped diagnostic context.
   */
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
