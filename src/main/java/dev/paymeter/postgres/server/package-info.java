/** The database: the embedded PostgreSQL or an external one, its schema and its pools. */
@NullMarked
package dev.paymeter.postgres.server;

import org.jspecify.annotations.NullMarked;
