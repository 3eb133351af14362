package dev.paymeter.security;

import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The valid API keys: those of the key file (see {@link EntryLines} and {@link ApiKey}), and the
 * internal keys of this process. Safe from any thread.
 */
public final class ApiKeyStore {
  private static final Logger log = LoggerFactory.getLogger(ApiKeyStore.class);

  /** Compared with secrets of unknown keys, so that the response time is the same. */
  private static final ApiKey DUMMY =
      ApiKey.parse(NewApiKey.generate("dummy", Scope.READ.label(), ApiKey.NEVER).line());

  private final Clock clock;
  private final Map<String, ApiKey> internal = new HashMap<>();
  private String text;
  private volatile Map<String, ApiKey> keys;

  /**
   * @param text the content of the key file
   * @throws IllegalArgumentException naming the invalid line, without its content
   */
  public ApiKeyStore(String text, Clock clock) {
    this.clock = clock;
    this.text = text;
    this.keys = parse(text);
  }

  private static Map<String, ApiKey> parse(String text) {
    return EntryLines.parse(text, ApiKey::parse, key -> key.credential().id(), "id");
  }

  public boolean isEmpty() {
    return keys.isEmpty();
  }

  /**
   * Replaces all keys of the file atomically. If it fails, the previous keys stay valid.
   *
   * @throws IllegalArgumentException naming the invalid line, without its content; or if the file
   *     no longer contains a key
   */
  public synchronized void replace(String newText) {
    if (newText.equals(text)) {
      return;
    }
    Map<String, ApiKey> read = parse(newText);
    if (read.isEmpty() && !parse(text).isEmpty()) { // It may be half written.
      throw new IllegalArgumentException("expected at least one key, found none");
    }
    log.info("Loaded {} API keys", read.size());
    read.putAll(internal);
    keys = read;
    text = newText;
  }

  /** Returns a new key with all scopes, valid until this process ends. */
  public synchronized String createInternalKey() {
    NewApiKey made = NewApiKey.generate("paymeter", String.join(",", Scope.labels()), ApiKey.NEVER);
    ApiKey key = ApiKey.parse(made.line());
    internal.put(key.credential().id(), key);
    Map<String, ApiKey> all = new HashMap<>(keys);
    all.putAll(internal);
    keys = all;
    return made.key();
  }

  /** Returns whether the key of a credential is still valid, with the same scopes. */
  public boolean isValid(Credential credential) {
    ApiKey key = keys.get(credential.id());
    return key != null && key.credential().equals(credential) && !key.isExpired(clock.instant());
  }

  /** Returns the credential of a key, or empty if the key is unknown or has expired. */
  public Optional<Credential> find(String presented) {
    Optional<ApiKey.Presented> parts = ApiKey.Presented.of(presented);
    if (parts.isEmpty()) {
      return Optional.empty();
    }
    ApiKey key = keys.getOrDefault(parts.get().id(), DUMMY);
    return key.matches(parts.get().secret(), clock.instant())
        ? Optional.of(key.credential())
        : Optional.empty();
  }
}
