package dev.paymeter.postgres;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A pgbench script of one payment: the ledger's two statements, each in its own transaction. The
 * variable {@code n} counts payments and is the high part of the id, so that ids ascend, as the
 * service's do.
 */
public final class PaymentScript {
  private static final Pattern PARAMETER = Pattern.compile("\\$(\\d+)");
  private static final String ID =
      "lpad(to_hex(:n::text::bigint * 1000 + :client_id::text::bigint), 32, '0')::uuid";
  private static final String INSTANCE = "'benchmark'::text";

  private static final List<String> INSERT =
      List.of(
          array(ID),
          array("'order_' || :n::text"),
          array("'user_' || (:n::text::bigint % 1000)::text"),
          array("12.50"),
          array("'USD'"),
          array("12.50"),
          array("1"),
          array("'2026-01-01'"),
          array("'standard'"),
          array("'credit_card'"),
          array("'stripe'"),
          array("clock_timestamp()"),
          INSTANCE,
          "1",
          array("'acct_1'"),
          array("null"),
          array("null"));

  private static final List<String> SETTLE =
      List.of(
          array(ID),
          array("'success'"),
          array("'pending,unknown'"),
          array("1234"),
          array("clock_timestamp()"),
          array("null"),
          array("null"),
          array("null"),
          array("1"),
          array("null"),
          INSTANCE,
          "1");

  private static String array(String value) {
    return "array[" + value + "]";
  }

  /** Creates the lease that the statements require. */
  public static final String IDENTITY =
      "insert into instances (instance_id, epoch, holder, lease_until)"
          + " values ('benchmark', 1, 'pgbench', 'infinity')";

  private PaymentScript() {}

  public static String text() {
    return "\\set n :n + 1\n"
        + line(PaymentInserts.INSERT_IF_ALLOWED, INSERT)
        + line(SettlementUpdates.SETTLE, SETTLE);
  }

  private static String line(String sql, List<String> values) {
    return PARAMETER
            .matcher(sql.strip().replace('\n', ' '))
            .replaceAll(
                parameter ->
                    Matcher.quoteReplacement(values.get(Integer.parseInt(parameter.group(1)) - 1)))
        + ";\n";
  }
}
