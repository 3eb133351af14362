package dev.paymeter.resilience;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Failures and restores of the ledger in a {@link RecoveryTrial}. */
enum RecoveryKind {
  /** A failover to a standby that has all commits. Nothing is lost. */
  SYNCHRONOUS,
  /** A failover to a standby that lacks the last commits. The service keeps running. */
  ASYNCHRONOUS,
  /** A restore of a base backup and the archived log, between two processes of the service. */
  POINT_IN_TIME,
  /** A copy of the data directory, as of a storage snapshot, between two processes. */
  COPY;

  /** Returns the name in settings and reports. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  boolean isFailover() {
    return this == SYNCHRONOUS || this == ASYNCHRONOUS;
  }

  boolean isLoss() {
    return this != SYNCHRONOUS;
  }

  /**
   * Returns the kinds with these names.
   *
   * @param names separated by commas
   * @throws IllegalArgumentException if a name is unknown
   */
  static List<RecoveryKind> of(String names) {
    return Stream.of(names.split(",", -1)).map(String::strip).map(RecoveryKind::named).toList();
  }

  private static RecoveryKind named(String name) {
    return Arrays.stream(values())
        .filter(kind -> kind.toString().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "recovery.kinds: expected %s, found %s"
                        .formatted(
                            Arrays.stream(values())
                                .map(RecoveryKind::toString)
                                .collect(Collectors.joining(", ")),
                            name.isEmpty() ? "an empty name" : name)));
  }
}
