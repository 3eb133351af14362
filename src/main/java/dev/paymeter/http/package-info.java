/** What the two HTTP servers share: authentication, limits, problems, and reading requests. */
@NullMarked
package dev.paymeter.http;

import org.jspecify.annotations.NullMarked;
