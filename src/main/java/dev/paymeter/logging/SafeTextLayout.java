package dev.paymeter.logging;

import static java.util.stream.Collectors.joining;

import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Context;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.slf4j.event.KeyValuePair;

/**
 * Text layout that is safe against log forgery: input of clients cannot start a line, add a field
 * or control a terminal. Line ends, control characters and invisible characters are escaped, and
 * quotes in the values of fields. Stack traces follow their line, each line after a tab.
 */
final class SafeTextLayout {
  private static final String PATTERN =
      "%d{HH:mm:ss.SSS} %-5level %-24logger{24} %printableMessage%fields%n%trace";

  /** Controls, format characters, parts of surrogate pairs, and separators of lines. */
  private static final Pattern INVISIBLE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]");

  private SafeTextLayout() {}

  /** Returns a layout that is not started yet. */
  static PatternLayout layout(Context context) {
    PatternLayout layout = new PatternLayout();
    layout.setContext(context);
    layout.getInstanceConverterMap().put("printableMessage", Message::new);
    layout.getInstanceConverterMap().put("fields", Fields::new);
    layout.getInstanceConverterMap().put("trace", Trace::new);
    layout.setPattern(PATTERN);
    return layout;
  }

  /** Escapes invisible characters. */
  static String escape(String text) {
    return INVISIBLE
        .matcher(text)
        .replaceAll(
            found ->
                found
                    .group()
                    .chars()
                    .mapToObj(unit -> String.format("\\\\u%04x", unit))
                    .collect(joining()));
  }

  /** The message, in place of {@code %msg}. */
  private static final class Message extends ClassicConverter {
    @Override
    public String convert(ILoggingEvent event) {
      return escape(String.valueOf(event.getFormattedMessage()));
    }
  }

  /** The fields of the event and of its request, each as {@code name="value"}. */
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
      String quoted = escape(value.replace("\\", "\\\\").replace("\"", "\\\""));
      fields.append(' ').append(name).append("=\"").append(quoted).append('"');
    }
  }

  /** The stack trace, if any, in place of {@code %ex}. */
  private static final class Trace extends ThrowableProxyConverter {
    @Override
    public String convert(ILoggingEvent event) {
      return super.convert(event)
          .lines()
          .map(line -> '\t' + escape(line.stripLeading()) + System.lineSeparator())
          .collect(joining());
    }
  }
}
