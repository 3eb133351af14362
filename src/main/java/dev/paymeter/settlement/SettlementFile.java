package dev.paymeter.settlement;

import org.jspecify.annotations.Nullable;

/**
 * A settlement file.
 *
 * @param account the gateway's account; null compares rows of all its accounts
 * @param sha256 of the content, in hex
 * @param format the name of its {@link SettlementFormat}
 * @param readBy the user of the operating system
 */
public record SettlementFile(
    String name, String sha256, String format, @Nullable String account, String readBy) {}
