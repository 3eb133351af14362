package dev.paymeter.security;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * An API key as the service stores it, without its secret. Its line in the key file has six words:
 * id, name, scopes separated by commas, {@code never} or the expiry time, salt, hash. A seventh
 * word is the owner; without it, the name is the owner. If the word is {@code merchant=} and a
 * name, the key is bound to that merchant, which is also its owner: no other owner contains {@code
 * =}.
 *
 * <p>The hash is HMAC-SHA-256 of the key's secret, under the salt. A secret has 256 random bits, so
 * it cannot be guessed, however fast the hash is. Slow hashes are for passwords (NIST SP 800-63B,
 * section 5.1.2.2: from 112 bits on, an approved hash without stretching is enough). A slow hash
 * would let clients without a key overload the service.
 *
 * @param expires null if the key never expires
 */
record ApiKey(Credential credential, @Nullable Instant expires, byte[] salt, byte[] hash) {
  /** Prefix by which people and secret scanners recognise a key. */
  private static final String PREFIX = "pmk_";

  private static final int ID_BYTES = 6;
  private static final int SECRET_BYTES = 32;
  private static final int SALT_BYTES = 16;
  private static final String ALGORITHM = "HmacSHA256";
  static final String NEVER = "never";
  private static final int WORDS = 6;
  private static final String NAME_EXPECTED = "1 to 64 letters, digits, dots, hyphens, underscores";

  private static final Pattern ID = Pattern.compile("[0-9a-f]{" + 2 * ID_BYTES + "}");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final Pattern SALT = Pattern.compile("[0-9a-f]{" + 2 * SALT_BYTES + "}");
  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern PRESENTED =
      Pattern.compile(PREFIX + "([0-9a-f]{12})_([0-9a-f]{" + 2 * SECRET_BYTES + "})");

  /**
   * A key as a client sends it.
   *
   * @param id not secret
   */
  record Presented(String id, String secret) {
    static Optional<Presented> of(String key) {
      Matcher parts = PRESENTED.matcher(key);
      return parts.matches()
          ? Optional.of(new Presented(parts.group(1), parts.group(2)))
          : Optional.empty();
    }

    @Override // Keeps the secret out of logs.
    public String toString() {
      return "Presented[" + id + "]";
    }
  }

  /**
   * Generates a random key.
   *
   * @param owner as the word of the key file
   * @throws IllegalArgumentException if a name is invalid; the message is the expected value
   */
  static NewApiKey generate(
      String name,
      String owner,
      Set<Scope> scopes,
      @Nullable Instant expires,
      SecureRandom random) {
    require(NAME.matcher(name).matches(), NAME_EXPECTED);
    String id = hex(random, ID_BYTES);
    String secret = hex(random, SECRET_BYTES);
    byte[] salt = HexFormat.of().parseHex(hex(random, SALT_BYTES));
    ApiKey key = new ApiKey(credential(id, name, owner, scopes), expires, salt, hash(salt, secret));
    return new NewApiKey(PREFIX + id + "_" + secret, key.line());
  }

  private static Credential credential(String id, String name, String owner, Set<Scope> scopes) {
    boolean isOfMerchant = owner.startsWith(Credential.MERCHANT_PREFIX);
    String ownersName = isOfMerchant ? owner.substring(Credential.MERCHANT_PREFIX.length()) : owner;
    require(
        NAME.matcher(ownersName).matches(),
        (isOfMerchant ? "a merchant of " : "an owner of ") + NAME_EXPECTED);
    require(
        !isOfMerchant || !scopes.contains(Scope.OPERATE),
        "no scope operate for a key of a merchant: operators see the payments of all merchants");
    return new Credential(id, name, owner, isOfMerchant ? ownersName : null, scopes);
  }

  private static String hex(SecureRandom random, int bytes) {
    byte[] value = new byte[bytes];
    random.nextBytes(value);
    return HexFormat.of().formatHex(value);
  }

  /**
   * Reads a line of the key file.
   *
   * @throws IllegalArgumentException if the line is invalid; the message is the expected value
   */
  static ApiKey parse(String line) {
    List<String> words = Arrays.asList(line.strip().split("\\s+"));
    require(
        words.size() == WORDS || words.size() == WORDS + 1,
        "six words: id, name, scopes, expiry, salt, hash; and optionally the owner, or merchant= and"
            + " a name");
    String owner = words.get(words.size() == WORDS ? 1 : WORDS);
    require(ID.matcher(words.get(0)).matches(), "an id of 12 hexadecimal digits");
    require(NAME.matcher(words.get(1)).matches(), "a name of letters, digits, dots, hyphens");
    require(SALT.matcher(words.get(4)).matches(), "a salt of 32 hexadecimal digits");
    require(HASH.matcher(words.get(5)).matches(), "a hash of 64 hexadecimal digits");
    return new ApiKey(
        credential(words.get(0), words.get(1), owner, scopes(words.get(2))),
        expiry(words.get(3)),
        HexFormat.of().parseHex(words.get(4)),
        HexFormat.of().parseHex(words.get(5)));
  }

  private static void require(boolean isMet, String expected) {
    if (!isMet) {
      throw new IllegalArgumentException(expected);
    }
  }

  /**
   * Reads scopes that are separated by commas.
   *
   * @throws IllegalArgumentException if a scope is unknown; the message is the expected value
   */
  static Set<Scope> scopes(String text) {
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    for (String word : text.split(",", -1)) {
      Optional<Scope> scope = Scope.of(word.strip());
      require(scope.isPresent(), "scopes of " + String.join(", ", Scope.labels()));
      scopes.add(scope.get());
    }
    return scopes;
  }

  /**
   * Reads an expiry time, or {@code never}.
   *
   * @throws IllegalArgumentException if the time is invalid; the message is the expected value
   */
  static @Nullable Instant expiry(String text) {
    try {
      return text.equals(NEVER) ? null : Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException("never, or a time such as 2027-01-01T00:00:00Z", e);
    }
  }

  private String line() {
    String line =
        String.join(
            " ",
            credential.id(),
            credential.name(),
            String.join(",", credential.scopes().stream().sorted().map(Scope::label).toList()),
            expires == null ? NEVER : expires.toString(),
            HexFormat.of().formatHex(salt),
            HexFormat.of().formatHex(hash));
    return credential.owner().equals(credential.name()) ? line : line + " " + credential.owner();
  }

  /** Returns true if the secret is correct and the key has not expired. Runs in constant time. */
  boolean matches(String secret, Instant now) {
    boolean isCorrect = MessageDigest.isEqual(hash, hash(salt, secret));
    return isCorrect && !isExpired(now);
  }

  boolean isExpired(Instant now) {
    return expires != null && !now.isBefore(expires);
  }

  private static byte[] hash(byte[] salt, String secret) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(salt, ALGORITHM));
      return mac.doFinal(secret.getBytes(StandardCharsets.US_ASCII));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e); // Every JDK has the algorithm.
    }
  }

  @Override // Keeps salt and hash out of logs.
  public String toString() {
    return "ApiKey[" + credential.id() + "]";
  }
}
