package dev.paymeter.app.config;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Typed values from a settings file and the environment, which goes first. Gathers what is wrong
 * instead of stopping at the first fault: each reading method gives the default for a wrong value.
 */
public final class ConfigSource {
  static final int HIGHEST_PORT = 65535;
  static final String WORDS = "different lower-case words, such as a_word";

  private static final String PREFIX = "PAYMETER_";
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");
  private static final Pattern BYTES = Pattern.compile("(\\d{1,9})(B|KiB|MiB)?");

  private final Map<String, String> file = new TreeMap<>();
  private final Map<String, String> environment;
  private final Set<String> known = new TreeSet<>();
  private final Set<String> wrong = new LinkedHashSet<>();

  /**
   * @param path a YAML file; absent where there is none
   */
  public ConfigSource(Optional<Path> path, Map<String, String> environment) {
    this.environment = environment;
    path.ifPresent(this::load);
  }

  private void load(Path path) {
    LoadSettings strict =
        LoadSettings.builder()
            .setAllowDuplicateKeys(false)
            .setMaxAliasesForCollections(0) // No map within itself.
            .build();
    try (InputStream in = Files.newInputStream(path)) {
      Object root = new Load(strict).loadFromInputStream(in);
      if (root instanceof Map<?, ?> map) {
        flatten("", map);
      } else if (root != null) {
        wrong.add(path + ": wanted keys and values, found " + root.getClass().getSimpleName());
      }
    } catch (IOException e) {
      wrong.add(path + ": wanted a readable file, found " + e);
    } catch (YamlEngineException e) {
      wrong.add(path + ": wanted YAML, found " + problem(e));
    } catch (StackOverflowError e) {
      wrong.add(path + ": wanted YAML, found it nested too deep");
    }
  }

  /** Without the lines around it, which the library quotes: a secret may stand in them. */
  private static String problem(YamlEngineException e) {
    if (e instanceof MarkedYamlEngineException marked && marked.getProblemMark().isPresent()) {
      Mark mark = marked.getProblemMark().get();
      return marked.getProblem().replaceFirst("^found ", "")
          + " in line "
          + (mark.getLine() + 1)
          + ", column "
          + (mark.getColumn() + 1);
    }
    return "a character, tag or alias that settings cannot have";
  }

  private void flatten(String prefix, Map<?, ?> map) {
    map.forEach(
        (name, value) -> {
          String key = prefix + name;
          if (value instanceof Map<?, ?> inner) {
            flatten(key + ".", inner);
          } else if (value instanceof List<?> list) {
            file.put(key, String.join(",", list.stream().map(String::valueOf).toList()));
          } else if (value != null) {
            file.put(key, value.toString());
          }
        });
  }

  /** The environment variable that overrides a key. */
  public static String variable(String key) {
    return PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  /** A value as it was written; an empty variable counts as absent. */
  Optional<String> raw(String key) {
    known.add(key);
    return Optional.ofNullable(environment.get(variable(key)))
        .or(() -> Optional.ofNullable(file.get(key)))
        .filter(value -> !value.isBlank());
  }

  /**
   * A value of any type.
   *
   * @param parse throws {@link IllegalArgumentException} for a value it does not take
   */
  <T> T value(String key, T otherwise, String wanted, Function<String, T> parse) {
    Optional<String> raw = raw(key);
    if (raw.isEmpty()) {
      return otherwise;
    }
    try {
      return parse.apply(raw.get().strip());
    } catch (IllegalArgumentException e) {
      wrong(key, wanted, '"' + raw.get() + '"');
      return otherwise;
    }
  }

  String text(String key, String otherwise) {
    return raw(key).orElse(otherwise);
  }

  boolean truth(String key, boolean otherwise) {
    return value(
        key,
        otherwise,
        "true or false",
        text -> {
          require(text.equals("true") || text.equals("false"));
          return text.equals("true");
        });
  }

  int integer(String key, int otherwise, int least, int most) {
    return value(
        key,
        otherwise,
        "an integer from " + least + " to " + most,
        text -> {
          int number = Integer.parseInt(text);
          require(number >= least && number <= most);
          return number;
        });
  }

  double number(String key, double otherwise, double least, double most) {
    return value(
        key,
        otherwise,
        "a number from " + plain(least) + " to " + plain(most),
        text -> {
          double number = new BigDecimal(text).doubleValue();
          require(number >= least && number <= most);
          return number;
        });
  }

  Duration duration(String key, Duration otherwise, Duration least, Duration most) {
    return value(
        key,
        otherwise,
        "a duration such as 500ms, 5s, 2m, from " + plain(least) + " to " + plain(most),
        text -> {
          Matcher parts = matched(DURATION, text);
          long amount = Long.parseLong(parts.group(1));
          Duration duration =
              switch (parts.group(2)) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                default -> Duration.ofHours(amount);
              };
          require(duration.compareTo(least) >= 0 && duration.compareTo(most) <= 0);
          return duration;
        });
  }

  int bytes(String key, int otherwise, int least, int most) {
    return value(
        key,
        otherwise,
        "a size such as 512B, 64KiB, 1MiB, from " + least + " to " + most + " bytes",
        text -> {
          Matcher parts = matched(BYTES, text);
          String unit = parts.group(2) == null ? "B" : parts.group(2);
          long factor = unit.equals("MiB") ? 1 << 20 : unit.equals("KiB") ? 1 << 10 : 1;
          long bytes = Long.parseLong(parts.group(1)) * factor;
          require(bytes >= least && bytes <= most);
          return (int) bytes;
        });
  }

  /** A list: in YAML a sequence, in a variable separated by commas. */
  List<String> list(String key, List<String> otherwise, String wanted, Pattern item) {
    return value(
        key,
        otherwise,
        wanted,
        text -> {
          List<String> items = List.of(text.split("\\s*,\\s*"));
          require(!items.isEmpty() && items.stream().allMatch(i -> item.matcher(i).matches()));
          require(Set.copyOf(items).size() == items.size());
          return items;
        });
  }

  /** A PEM file; absent where none is named. */
  Optional<Path> pem(String key) {
    return value(
        key,
        Optional.empty(),
        "a PEM file that can be read",
        text -> {
          Path path = Path.of(text);
          require(Files.isRegularFile(path) && Files.isReadable(path));
          return Optional.of(path);
        });
  }

  void wrong(String key, String wanted, String found) {
    wrong.add(key + ": wanted " + wanted + ", found " + found);
  }

  /** Variables with our prefix that are no settings: Kubernetes injects such. */
  List<String> unknownVariables() {
    Set<String> variables = new TreeSet<>();
    known.forEach(key -> variables.add(variable(key)));
    return environment.keySet().stream()
        .filter(name -> name.startsWith(PREFIX) && !variables.contains(name))
        .sorted()
        .map(name -> name + " is set and is no setting")
        .toList();
  }

  public Set<String> knownKeys() {
    return Set.copyOf(known);
  }

  /** To be called after the last reading method. */
  void throwIfWrong() throws SettingsException {
    Map<String, String> unknown = new LinkedHashMap<>(file);
    unknown.keySet().removeAll(known);
    unknown.forEach(
        (key, value) ->
            wrong.add(key + ": wanted a known setting, found an unknown one" + nearest(key)));
    if (!wrong.isEmpty()) {
      throw new SettingsException(List.copyOf(wrong));
    }
  }

  /** A known key with the same last word is what was meant, more often than not. */
  private String nearest(String key) {
    String last = key.substring(key.lastIndexOf('.') + 1);
    return known.stream()
        .filter(candidate -> candidate.endsWith("." + last))
        .findFirst()
        .map(candidate -> " (did you mean " + candidate + "?)")
        .orElse("");
  }

  private static Matcher matched(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    require(matcher.matches());
    return matcher;
  }

  /** Returns the text, or throws what {@link #value} reports as a wrong value. */
  static String matching(Pattern pattern, String text) {
    return matched(pattern, text).group();
  }

  static void require(boolean holds) {
    if (!holds) {
      throw new IllegalArgumentException();
    }
  }

  private static String plain(double number) {
    return BigDecimal.valueOf(number).stripTrailingZeros().toPlainString();
  }

  private static String plain(Duration duration) {
    return duration.toMillis() % 1000 == 0
        ? duration.toSeconds() + "s"
        : duration.toMillis() + "ms";
  }
}
