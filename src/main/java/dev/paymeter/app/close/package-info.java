/** The daily close of the books: its report, its check, and its formats. */
@NullMarked
package dev.paymeter.app.close;

import org.jspecify.annotations.NullMarked;
