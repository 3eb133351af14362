package dev.paymeter.app.cli;

import dev.paymeter.security.NewApiKey;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "key",
    description = {
      "Make a key for the API, and its line for the file that security.keys names.",
      "The key is printed once and not stored."
    })
public final class KeyCommand implements Callable<Integer> {
  @Option(
      names = "--name",
      paramLabel = "NAME",
      required = true,
      description = "The name of the key's owner.")
  String name;

  @Option(
      names = "--scopes",
      paramLabel = "SCOPES",
      required = true,
      description = "Of pay, read, refund, operate, separated by commas.")
  String scopes;

  @Option(
      names = "--expires",
      paramLabel = "TIME",
      defaultValue = "never",
      description = "Such as 2027-01-01T00:00:00Z (default: ${DEFAULT-VALUE}).")
  String expires;

  @Override
  public Integer call() {
    try {
      NewApiKey made = NewApiKey.make(name, scopes, expires);
      System.out.println("The key, for its owner alone; it is not shown again:");
      System.out.println(made.key());
      System.out.println();
      System.out.println("Its line for the file of security.keys:");
      System.out.println(made.line());
      return 0;
    } catch (IllegalArgumentException e) {
      System.err.println("key: wanted " + e.getMessage());
      return ServiceRunner.MISCONFIGURED;
    }
  }
}
