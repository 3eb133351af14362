package dev.paymeter.app.config;

import static java.util.stream.Collectors.toCollection;

import dev.paymeter.payment.AllowedValues;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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

/**
 * Source of typed values: a settings file and environment variables, which take precedence.
 * Collects all errors: the reading methods record an error for an invalid value and return the
 * default.
 */
public final class ConfigSource {
  static final int MAX_PORT = 65535;
  static final String WORDS = "distinct lower-case words, such as a_word";

  private static final String PREFIX = "PAYMETER_";

  /** Variables that Kubernetes creates for each service, unless a pod disables them. */
  private static final Pattern SERVICE_VARIABLE =
      Pattern.compile(
          ".*(_SERVICE_HOST|_SERVICE_PORT(_[A-Z0-9_]+)?|_PORT_\\d+_(TCP|UDP|SCTP)(_[A-Z]+)?)");

  /** User and password of a URL. */
  private static final Pattern CREDENTIALS = Pattern.compile("://[^\\s\"]*@");

  private static final Pattern SERVICE_URL = Pattern.compile("(tcp|udp|sctp)://.*");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");
  private static final Pattern BYTES = Pattern.compile("(\\d{1,9})(B|KiB|MiB)?");

  private final Map<String, String> file;
  private final Map<String, String> environment;
  private final Set<String> known = new TreeSet<>();
  private final Set<String> errors = new LinkedHashSet<>();

  /**
   * @param path YAML file; empty for none
   */
  public ConfigSource(Optional<Path> path, Map<String, String> environment) {
    this.environment = environment;
    this.file = path.map(existing -> SettingsFile.read(existing, errors::add)).orElse(Map.of());
  }

  /** Returns the name of the environment variable that overrides a key. */
  public static String variable(String key) {
    return PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  /** Returns a value as it is written; a blank one counts as absent. */
  Optional<String> raw(String key) {
    known.add(key);
    return Optional.ofNullable(environment.get(variable(key)))
        .or(() -> Optional.ofNullable(file.get(key)))
        .filter(value -> !value.isBlank());
  }

  /**
   * Returns a value of any type.
   *
   * @param parse throws {@link IllegalArgumentException} for an invalid value
   */
  <T> T value(String key, T defaultValue, String expected, Function<String, T> parse) {
    Optional<String> raw = raw(key);
    if (raw.isEmpty()) {
      return defaultValue;
    }
    try {
      return parse.apply(raw.get().strip());
    } catch (IllegalArgumentException e) {
      addError(key, expected, '"' + raw.get() + '"');
      return defaultValue;
    }
  }

  /** Returns a value without a default; empty if it is not set, or not valid. */
  <T> Optional<T> optional(String key, String expected, Function<String, T> parse) {
    return value(key, Optional.empty(), expected, text -> Optional.of(parse.apply(text)));
  }

  /** Returns a name of up to 128 characters that needs no quotes. */
  String name(String key, String defaultValue) {
    return value(
        key,
        defaultValue,
        "1 to 128 letters, digits, dots, hyphens, underscores",
        text -> matching(NAME, text));
  }

  String text(String key, String defaultValue) {
    return raw(key).orElse(defaultValue);
  }

  boolean flag(String key, boolean defaultValue) {
    return value(
        key,
        defaultValue,
        AllowedValues.oneOf(List.of("true", "false")),
        text -> {
          require(text.matches("true|false"));
          return text.equals("true");
        });
  }

  int integer(String key, int defaultValue, int min, int max) {
    return value(
        key,
        defaultValue,
        "an integer from " + min + " to " + max,
        inRange(min, max, Integer::valueOf));
  }

  double number(String key, double defaultValue, double min, double max) {
    return value(
        key,
        defaultValue,
        "a number from " + plain(min) + " to " + plain(max),
        inRange(min, max, text -> new BigDecimal(text).doubleValue()));
  }

  Duration duration(String key, Duration defaultValue, Duration min, Duration max) {
    return value(
        key,
        defaultValue,
        "a duration such as 500ms, 5s, 2m or 1h, from " + plain(min) + " to " + plain(max),
        inRange(min, max, ConfigSource::duration));
  }

  /** Returns a duration; empty if it is not set. */
  Optional<Duration> optionalDuration(String key, Duration min, Duration max) {
    return optional(
        key,
        "a duration such as 17520h, from " + plain(min) + " to " + plain(max),
        inRange(min, max, ConfigSource::duration));
  }

  private static Duration duration(String text) {
    Matcher parts = matched(DURATION, text);
    long amount = Long.parseLong(parts.group(1));
    return switch (parts.group(2)) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      default -> Duration.ofHours(amount);
    };
  }

  private static <T extends Comparable<T>> Function<String, T> inRange(
      T min, T max, Function<String, T> parse) {
    return text -> {
      T value = parse.apply(text);
      require(value.compareTo(min) >= 0 && value.compareTo(max) <= 0);
      return value;
    };
  }

  int bytes(String key, int defaultValue, int min, int max) {
    return value(
        key,
        defaultValue,
        "a size such as 512B, 64KiB, 1MiB, from " + min + " to " + max + " bytes",
        text -> {
          Matcher parts = matched(BYTES, text);
          String unit = parts.group(2) == null ? "B" : parts.group(2);
          long factor = unit.equals("MiB") ? 1 << 20 : unit.equals("KiB") ? 1 << 10 : 1;
          long bytes = Long.parseLong(parts.group(1)) * factor;
          require(bytes >= min && bytes <= max);
          return (int) bytes;
        });
  }

  /** Returns a list: in YAML a sequence, in a variable separated by commas. */
  List<String> list(String key, List<String> defaultValue, String expected, Pattern item) {
    return value(
        key,
        defaultValue,
        expected,
        text -> {
          List<String> items = List.of(text.split("\\s*,\\s*"));
          require(!items.isEmpty() && items.stream().allMatch(i -> item.matcher(i).matches()));
          require(Set.copyOf(items).size() == items.size());
          return items;
        });
  }

  /** Returns the path of a PEM file; empty if it is not set. */
  Optional<Path> pemFile(String key) {
    return optional(
        key,
        "a readable PEM file",
        text -> {
          Path path = Path.of(text);
          require(Files.isRegularFile(path) && Files.isReadable(path));
          return path;
        });
  }

  void addError(String key, String expected, String found) {
    errors.add(
        key
            + ": expected "
            + expected
            + ", found "
            + CREDENTIALS.matcher(found).replaceAll("://***@"));
  }

  /** Returns warnings for unknown variables with the prefix. */
  List<String> unknownVariables() {
    Set<String> variables = knownVariables();
    return environment.keySet().stream()
        .filter(name -> name.startsWith(PREFIX) && !variables.contains(name))
        .sorted()
        .map(name -> name + " is set, but is not a known setting")
        .toList();
  }

  private Set<String> knownVariables() {
    return known.stream().map(ConfigSource::variable).collect(toCollection(TreeSet::new));
  }

  /** Adds an error for each variable that is probably a mistyped setting. */
  private void addMistypedVariables() {
    Set<String> variables = knownVariables();
    new TreeMap<>(environment)
        .forEach(
            (name, value) -> {
              if (name.startsWith(PREFIX)
                  && !variables.contains(name)
                  && !isServiceVariable(name, value)) {
                new KnownNames(variables)
                    .nearest(name)
                    .ifPresent(meant -> errors.add(name + ": unknown setting" + didYouMean(meant)));
              }
            });
  }

  private static boolean isServiceVariable(String name, String value) {
    return SERVICE_VARIABLE.matcher(name).matches() || SERVICE_URL.matcher(value).matches();
  }

  public Set<String> knownKeys() {
    return Set.copyOf(known);
  }

  /**
   * Throws if there was any error, or if the file has unknown keys or the environment mistyped
   * variables. Call it after all reads.
   */
  void throwIfInvalid() throws SettingsException {
    for (String key : file.keySet()) {
      if (!known.contains(key)) {
        errors.add(key + ": unknown setting" + suggestion(key));
      }
    }
    addMistypedVariables();
    if (!errors.isEmpty()) {
      throw new SettingsException(List.copyOf(errors));
    }
  }

  /** Suggests the nearest known key, or one with the same last word. */
  private String suggestion(String key) {
    String lastWord = key.substring(key.lastIndexOf('.') + 1);
    return new KnownNames(known)
        .nearest(key)
        .or(() -> known.stream().filter(name -> name.endsWith("." + lastWord)).findFirst())
        .map(ConfigSource::didYouMean)
        .orElse("");
  }

  private static String didYouMean(String key) {
    return " (did you mean " + key + "?)";
  }

  private static Matcher matched(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    require(matcher.matches());
    return matcher;
  }

  /** Returns the text, or throws an exception that {@link #value} reports as an error. */
  static String matching(Pattern pattern, String text) {
    return matched(pattern, text).group();
  }

  static void require(boolean isValid) {
    if (!isValid) {
      throw new IllegalArgumentException();
    }
  }

  private static String plain(double number) {
    return BigDecimal.valueOf(number).stripTrailingZeros().toPlainString();
  }

  static String plain(Duration duration) {
    return duration.toMillis() % 1000 == 0
        ? duration.toSeconds() + "s"
        : duration.toMillis() + "ms";
  }
}
