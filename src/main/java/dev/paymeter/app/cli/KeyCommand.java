package dev.paymeter.app.cli;

import dev.paymeter.security.NewApiKey;
import java.time.Clock;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "key",
    description = {
      "Create an API key, and its line for the file that security.keys names.",
      "The key is printed once and is not stored."
    })
public final class KeyCommand implements Callable<Integer> {
  @Option(names = "--name", paramLabel = "NAME", required = true, description = "Name of the key.")
  String name;

  @Option(
      names = "--owner",
      paramLabel = "OWNER",
      description = {
        "The client that the key belongs to (default: the name).",
        "Keys of one owner share their idempotency keys."
      })
  @Nullable String owner;

  @Option(
      names = "--merchant",
      paramLabel = "MERCHANT",
      description = {
        "Bind the key to a merchant, which is then its owner: it creates",
        "payments of this merchant, and sees and refunds no others. Keys of",
        "one merchant share their idempotency keys and their rate limit.",
        "Excludes --owner and the scope operate."
      })
  @Nullable String merchant;

  @Option(
      names = "--scopes",
      paramLabel = "SCOPES",
      required = true,
      description = "Scopes, separated by commas: pay, read, refund, operate.")
  String scopes;

  @Option(
      names = "--expires",
      paramLabel = "TIME",
      defaultValue = "never",
      description = "Time of expiry, such as 2027-01-01T00:00:00Z (default: ${DEFAULT-VALUE}).")
  String expires;

  @Override
  public Integer call() {
    try {
      NewApiKey.requireFuture(expires, Clock.systemUTC());
      NewApiKey created = create();
      System.out.println("The API key, for its owner only; it is not shown again:");
      System.out.println(created.key());
      System.out.println();
      System.out.println("Its line for the file that security.keys names:");
      System.out.println(created.line());
      return 0;
    } catch (IllegalArgumentException e) {
      System.err.println("key: expected " + e.getMessage());
      return ServiceRunner.MISCONFIGURED;
    }
  }

  private NewApiKey create() {
    if (merchant == null) {
      return NewApiKey.generate(name, owner == null ? name : owner, scopes, expires);
    }
    if (owner != null) {
      throw new IllegalArgumentException("--owner or --merchant, found both");
    }
    return NewApiKey.generateForMerchant(name, merchant, scopes, expires);
  }
}
