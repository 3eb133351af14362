/** Records what other services report, each item once. */
@NullMarked
package dev.paymeter.report;

import org.jspecify.annotations.NullMarked;
