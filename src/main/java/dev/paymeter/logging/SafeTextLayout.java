package dev.paymeter.logging;

import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Context;
import java.util.List;
import java.util.TreeMap;
import org.slf4j.event.KeyValuePair;

/**
 * Lines for people, in which what clients sent can neither begin a line, nor make up a field, nor
 * steer a terminal: line ends, control characters and those that cannot be seen or turn the reading
 * direction are written as escapes; in a field's value quotes are, too. Only lines of stack traces
 * follow a line, each behind a tab.
 */
final class SafeTextLayout {
  private static final String PATTERN =
      "%d{HH:mm:ss.SSS} %-5level %-24logger{24} %printableMessage%fields%n%trace";

  private SafeTextLayout() {}

  /** A layout that is not started yet. */
  static PatternLayout layout(Context context) {
    PatternLayout layout = new PatternLayout();
    layout.setContext(context);
    layout.getInstanceConverterMap().put("printableMessage", Message::new);
    layout.getInstanceConverterMap().put("fields", Fields::new);
    layout.getInstanceConverterMap().put("trace", Trace::new);
    layout.setPattern(PATTERN);
    return layout;
  }

  /** A text in which every character can be seen. */
  static String printable(String text) {
    if (text.codePoints().allMatch(SafeTextLayout::canBeSeen)) {
      return text;
    }
    StringBuilder printable = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if (canBeSeen(c)) {
                printable.appendCodePoint(c);
              } else {
                for (char unit : Character.toChars(c)) {
                  printable.append(String.format("\\u%04x", (int) unit));
                }
              }
            });
    return printable.toString();
  }

  private static boolean canBeSeen(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }

  /** The message, as {@code %msg}. */
  private static final class Message extends ClassicConverter {
    @Override
    public String convert(ILoggingEvent event) {
      return printable(String.valueOf(event.getFormattedMessage()));
    }
  }

  /** The fields of the line and of its request, each as {@code name="value"}. */
  private static final class Fields extends ClassicConverter {
    @Override
    public String convert(ILoggingEvent event) {
      StringBuilder fields = new StringBuilder();
      List<KeyValuePair> own = event.getKeyValuePairs();
      if (own != null) {
        own.forEach(pair -> add(fields, pair.key, String.valueOf(pair.value)));
      }
      new TreeMap<>(event.getMDCPropertyMap()).forEach((name, value) -> add(fields, name, value));
      return fields.toString();
    }

    private static void add(StringBuilder fields, String name, String value) {
      fields
          .append(' ')
          .append(name)
          .append("=\"")
          .append(printable(value.replace("\\", "\\\\").replace("\"", "\\\"")))
          .append('"');
    }
  }

  /** The stack trace, as {@code %ex}, where there is one. */
  private static final class Trace extends ThrowableProxyConverter {
    @Override
    public String convert(ILoggingEvent event) {
      StringBuilder trace = new StringBuilder();
      super.convert(event)
          .lines()
          .forEach(
              line ->
                  trace
                      .append('\t')
                      .append(printable(line.stripLeading()))
                      .append(System.lineSeparator()));
      return trace.toString();
    }
  }
}
