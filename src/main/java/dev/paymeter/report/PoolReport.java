package dev.paymeter.report;

/**
 * A report of another service's database connections.
 *
 * @param active the connections in use, from 0 to {@code max}
 * @param max the maximum number of connections
 */
public record PoolReport(String database, String pool, int active, int max) {}
