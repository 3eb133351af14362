package dev.paymeter.webhook.client;

import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Options of the clients.
 *
 * @param timeout for a whole attempt
 * @param maxConnections maximum number of connections to one endpoint
 * @param allowed tests for addresses that the settings allow
 * @param proxy HTTP proxy, which resolves the names; empty for none
 */
public record WebhookClientOptions(
    Duration timeout, int maxConnections, Predicate<InetAddress> allowed, Optional<URI> proxy) {}
