package dev.paymeter.security;

import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys that are known: those of a file, a line each (see {@link ApiKey}; lines that begin with
 * {@code #} are comments), and the process' own. Safe from any thread.
 */
public final class ApiKeyStore {
  private static final Logger log = LoggerFactory.getLogger(ApiKeyStore.class);

  /** Compared with where a key's id is unknown, so that this takes no less time. */
  private static final ApiKey NOBODYS =
      ApiKey.parse(NewApiKey.make("nobody", Scope.READ.word(), ApiKey.NEVER).line());

  private final Clock clock;
  private final Map<String, ApiKey> own = new HashMap<>();
  private String text;
  private volatile Map<String, ApiKey> keys;

  /**
   * @param text the file's
   * @throws IllegalArgumentException naming the line that is wrong, without its content
   */
  public ApiKeyStore(String text, Clock clock) {
    this.clock = clock;
    this.text = text;
    this.keys = parse(text);
  }

  private static Map<String, ApiKey> parse(String text) {
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

  /** Whether there is no key. */
  public boolean isEmpty() {
    return keys.isEmpty();
  }

  /**
   * Takes over what the file says by now: at once, and as a whole.
   *
   * @throws IllegalArgumentException naming the line that is wrong, without its content, and when
   *     the last key is gone: who wants nobody to get in ends the process. Nothing has changed then
   */
  public synchronized void replace(String newer) {
    if (newer.equals(text)) {
      return;
    }
    Map<String, ApiKey> read = parse(newer);
    if (read.isEmpty() && !parse(text).isEmpty()) { // As while somebody writes it anew.
      throw new IllegalArgumentException("at least one key was wanted, none found");
    }
    log.info("There are {} keys now", read.size());
    read.putAll(own);
    keys = read;
    text = newer;
  }

  /** A key of the process itself, for as long as it lives; it is in no file. */
  public synchronized String ownKey() {
    NewApiKey made = NewApiKey.make("paymeter", String.join(",", Scope.words()), ApiKey.NEVER);
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
