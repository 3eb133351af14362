package dev.paymeter.metrics.alerts;

/** The value of a series at one moment. */
record Sample(LabelSet labels, double value) {}
