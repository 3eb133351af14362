package dev.paymeter.publisher;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * Row that was rejected or given up.
 *
 * @param kind {@code event}, {@code error}, {@code payment}, {@code operation} or {@code
 *     connections}
 * @param row the columns, including the {@code id} if there is one
 * @param errors errors of a rejected row, each with {@code field}, {@code expected} and {@code
 *     actual}; empty if it was given up
 */
public record UnpublishedRow(String kind, JsonObject row, JsonArray errors) {}
