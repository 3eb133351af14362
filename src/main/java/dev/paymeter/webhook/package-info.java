/** Webhooks: the events of payments, sent to the HTTP endpoints of other systems. */
@NullMarked
package dev.paymeter.webhook;

import org.jspecify.annotations.NullMarked;
