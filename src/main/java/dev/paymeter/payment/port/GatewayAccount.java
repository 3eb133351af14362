package dev.paymeter.payment.port;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A gateway of this process, and the account in which it charges.
 *
 * @param account null while the gateway has not stated it
 * @param timeout maximum wait for a response of the gateway
 * @param isSimulated whether no money moves
 */
public record GatewayAccount(
    String gateway, @Nullable String account, Duration timeout, boolean isSimulated) {}
