/** HTTP client of webhooks, which connects only to permitted addresses. */
@NullMarked
package dev.paymeter.webhook.client;

import org.jspecify.annotations.NullMarked;
