/** Carries out payments and refunds, and resolves unknown outcomes. */
@NullMarked
package dev.paymeter.payment.service;

import org.jspecify.annotations.NullMarked;
