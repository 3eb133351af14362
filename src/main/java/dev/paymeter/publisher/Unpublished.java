package dev.paymeter.publisher;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * A row that was rejected, or given up.
 *
 * @param kind {@code event}, {@code error} or {@code payment}
 * @param row its columns, its {@code id} among them
 * @param errors what was wrong, each with {@code field}, {@code wanted} and {@code found}; empty
 *     where it was given up
 */
public record Unpublished(String kind, JsonObject row, JsonArray errors) {}
