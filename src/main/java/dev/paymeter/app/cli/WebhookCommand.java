package dev.paymeter.app.cli;

import dev.paymeter.webhook.WebhookEndpoint;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "webhook",
    description = {
      "Create the secret of a webhook endpoint.",
      "Its line is for the file that webhooks.endpoints names."
    })
public final class WebhookCommand implements Callable<Integer> {
  @Option(
      names = "--name",
      paramLabel = "NAME",
      required = true,
      description = "Name of the endpoint, in metrics and logs.")
  String name;

  @Option(
      names = "--url",
      paramLabel = "URL",
      required = true,
      description = "URL to which webhooks are sent.")
  String url;

  @Option(
      names = "--types",
      paramLabel = "TYPES",
      defaultValue = "*",
      description = {
        "Types of events, separated by commas, such as payment.success,payment.failed",
        "(default: ${DEFAULT-VALUE}, all)."
      })
  String types;

  @Option(
      names = "--merchant",
      paramLabel = "MERCHANT",
      description = {
        "Send only the events of this merchant's payments",
        "(default: of all payments)."
      })
  @Nullable String merchant;

  @Override
  public Integer call() {
    try {
      WebhookEndpoint created = WebhookEndpoint.create(name, url, types, merchant);
      System.out.println("The secret, for the endpoint, which verifies signatures with it:");
      System.out.println(created.secrets().get(0).text());
      System.out.println();
      System.out.println("The line for the file that webhooks.endpoints names:");
      System.out.println(created.line());
      return 0;
    } catch (IllegalArgumentException e) {
      System.err.println("webhook: expected " + e.getMessage());
      return ServiceRunner.MISCONFIGURED;
    }
  }
}
