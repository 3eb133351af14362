/** Evaluates the alerts of Prometheus over samples of this instance's own metrics. */
@NullMarked
package dev.paymeter.metrics.alerts;

import org.jspecify.annotations.NullMarked;
