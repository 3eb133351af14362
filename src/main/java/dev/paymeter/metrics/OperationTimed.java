package dev.paymeter.metrics;

import dev.paymeter.payments.Observations.Operation;
import dev.paymeter.payments.Observations.Outcome;

/** A low-level observation on its way through the queue. */
record OperationTimed(Operation operation, Outcome outcome, long nanos) {}
