package dev.paymeter.gateway.http;

import io.vertx.core.MultiMap;
import io.vertx.core.json.JsonObject;

/**
 * Response of a gateway.
 *
 * @param status HTTP status
 * @param body empty if it is not a JSON object, perhaps because it is a proxy's
 */
public record GatewayResponse(int status, MultiMap headers, JsonObject body) {}
