/** Settings, read once from a file and the environment. */
@NullMarked
package dev.paymeter.app.config;

import org.jspecify.annotations.NullMarked;
