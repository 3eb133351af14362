package dev.paymeter.logs;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import java.util.Map;
import net.logstash.logback.encoder.LogstashEncoder;
import org.slf4j.LoggerFactory;

/** Sets up the log: one stream, standard error in the format that the reader wants. */
public final class Logs {
  /** What a line looks like. */
  public enum Format {
    /** For people at a terminal. */
    TEXT,
    /** One JSON object a line, for machines. */
    JSON
  }

  private static final String PATTERN =
      "%d{HH:mm:ss.SSS} %-5level %-24logger{24} %msg %kvp %mdc%n%ex";

  private Logs() {}

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
    console.setEncoder(format == Format.JSON ? json(context) : text(context));
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

  private static Encoder<ILoggingEvent> json(LoggerContext context) {
    LogstashEncoder encoder = new LogstashEncoder();
    encoder.setContext(context);
    encoder.start();
    return encoder;
  }

  private static Encoder<ILoggingEvent> text(LoggerContext context) {
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(PATTERN);
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
