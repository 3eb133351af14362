package dev.paymeter.security;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys that are known: a line each in a file (see {@link ApiKey}; lines that begin with {@code
 * #} are comments). A changed file counts as soon as it is read again; one that is wrong does not
 * count at all. Safe from any thread.
 */
public final class KeyFile {
  private static final Logger log = LoggerFactory.getLogger(KeyFile.class);

  /** Compared with where a key's id is unknown, so that this takes no less time. */
  private static final ApiKey NOBODYS =
      ApiKey.parse(NewKey.make("nobody", Scope.READ.word(), ApiKey.NEVER).line());

  private final Path file;
  private final Clock clock;
  private final Map<String, ApiKey> own = new HashMap<>();
  private volatile String text;

  /** What of a file that is wrong was logged. */
  private String told = "";

  private volatile Map<String, ApiKey> keys;

  /**
   * Reads the file.
   *
   * @throws IllegalArgumentException naming the line that is wrong, without its content
   */
  public KeyFile(Path file, Clock clock) throws IOException {
    this.file = file;
    this.clock = clock;
    this.text = Files.readString(file);
    this.keys = parse(text);
  }

  static Map<String, ApiKey> parse(String text) {
    Map<String, ApiKey> keys = new HashMap<>();
    List<String> lines = text.lines().map(String::strip).toList();
    for (int number = 1; number <= lines.size(); number++) {
      String line = lines.get(number - 1);
      if (!line.isEmpty() && !line.startsWith("#")) {
        add(line, number, keys);
      }
    }
    return keys;
  }

  private static void add(String line, int number, Map<String, ApiKey> keys) {
    try {
      ApiKey key = ApiKey.parse(line);
      if (keys.put(key.credential().id(), key) != null) {
        throw new IllegalArgumentException("an id of its own");
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "line " + number + ", where " + e.getMessage() + " was wanted", e);
    }
  }

  /** Whether there is no key in the file. */
  public boolean isEmpty() {
    return keys.isEmpty();
  }

  /** Reads the file again where it has changed. Blocks. */
  public synchronized void readAgain() {
    try {
      String now = Files.readString(file);
      if (!now.equals(text)) {
        Map<String, ApiKey> read = parse(now);
        log.info("There are {} keys now in {}", read.size(), file);
        read.putAll(own);
        keys = read;
        text = now;
      }
      told = "";
    } catch (IOException | IllegalArgumentException e) {
      String why = String.valueOf(e.getMessage());
      if (!why.equals(told)) {
        told = why;
        log.error("The keys stay as they were, as {} is wrong: {}", file, why);
      }
    }
  }

  /** A key of the process itself, for as long as it lives; it is in no file. */
  public synchronized String ownKey() {
    NewKey made = NewKey.make("paymeter", String.join(",", Scope.words()), ApiKey.NEVER);
    ApiKey known = ApiKey.parse(made.line());
    own.put(known.credential().id(), known);
    Map<String, ApiKey> all = new HashMap<>(keys);
    all.putAll(own);
    keys = all;
    return made.key();
  }

  /** Whose key it is; empty where it is nobody's, or has expired. */
  public Optional<Credential> find(String presented) {
    Optional<ApiKey.Presented> parts = ApiKey.Presented.of(presented);
    if (parts.isEmpty()) {
      return Optional.empty();
    }
    ApiKey key = keys.getOrDefault(parts.get().id(), NOBODYS);
    return key.is(parts.get().secret(), clock.instant())
        ? Optional.of(key.credential())
        : Optional.empty();
  }
}
