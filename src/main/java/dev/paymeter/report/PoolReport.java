package dev.paymeter.report;

/**
 * What another service reports of its connections to a database.
 *
 * @param active how many are in use, from 0 to {@code max}
 * @param max how many there may be
 */
public record PoolReport(String database, String pool, int active, int max) {}
