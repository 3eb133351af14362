package dev.paymeter.web;

import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** Ids in paths. */
final class PathIds {
  private static final Pattern UUID_FORM =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

  private PathIds() {}

  /** Only the canonical form: {@link UUID#fromString} also takes shorter ones. */
  static Optional<UUID> uuid(String text) {
    return UUID_FORM.matcher(text).matches()
        ? Optional.of(UUID.fromString(text))
        : Optional.empty();
  }
}
