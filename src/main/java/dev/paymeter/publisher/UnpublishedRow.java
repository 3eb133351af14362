package dev.paymeter.publisher;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * A row that was rejected, or given up.
 *
 * @param kind {@code event}, {@code error}, {@code payment}, {@code operation} or {@code
 *     connections}
 * @param row its columns, its {@code id} among them where it has one
 * @param errors what was wrong, each with {@code field}, {@code expected} and {@code actual}; empty
 *     where it was given up
 */
public record UnpublishedRow(String kind, JsonObject row, JsonArray errors) {}
