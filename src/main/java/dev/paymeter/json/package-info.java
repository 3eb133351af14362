/** Reads and writes the JSON of the API. */
@NullMarked
package dev.paymeter.json;

import org.jspecify.annotations.NullMarked;
