package dev.paymeter.bus;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;

/** A request that claims to be a webhook of a gateway. */
public record ReceiveWebhook(String gateway, MultiMap headers, Buffer body) {}
