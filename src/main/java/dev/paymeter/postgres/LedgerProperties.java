package dev.paymeter.postgres;

import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.util.UUID;

/**
 * The properties of a ledger that never change. A restored copy has the same.
 *
 * @param gatewaySecret the secret from which gateway keys are derived
 */
public record LedgerProperties(UUID id, byte[] gatewaySecret) {
  private static final String READ = "select id, gateway_secret from ledger";

  public static Future<LedgerProperties> read(StatementExecutor statementExecutor) {
    return statementExecutor
        .first(
            READ,
            Tuple.tuple(),
            row ->
                new LedgerProperties(row.getUUID("id"), row.getBuffer("gateway_secret").getBytes()))
        .map(found -> found.orElseThrow(() -> new IllegalStateException("table ledger is empty")));
  }

  @Override // Keeps the secret out of logs.
  public String toString() {
    return "LedgerProperties[" + id + "]";
  }
}
