package dev.paymeter.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.Main;
import dev.paymeter.support.ledger.TestPostgres;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command {@code reconcile} on a ledger in PostgreSQL. */
class ReconcileCommandIT {
  private static final String HEADER =
      "reference,type,payment,amount,fee,net,currency,date,payout\n";

  /** The day of most rows, in UTC. */
  private static final String NOON = "2026-11-27T12:00:00Z";

  @TempDir Path directory;

  private String url;
  private final StringWriter printed = new StringWriter();
  private final StringWriter errors = new StringWriter();

  @BeforeEach
  void createLedger() {
    url = TestPostgres.newDatabase();
  }

  /** Inserts a payment that succeeded, and returns its gateway key. */
  private String pay(String amount, String currency, String settledAt) {
    return pay(amount, currency, settledAt, "stripe", null);
  }

  private String pay(
      String amount,
      String currency,
      String settledAt,
      String gateway,
      @Nullable String unknownSince) {
    UUID key = UUID.randomUUID();
    TestPostgres.execute(
        url,
        """
        insert into payments (id, status, order_id, user_id, amount, currency, amount_usd, fx_rate,
          fx_date, user_tier, payment_method, gateway, gateway_key, account, created_at,
          duration_us, settled_at, unknown_since, instance_id, epoch, segment)
        values (gen_random_uuid(), 'success', 'o', 'u', %1$s, '%2$s', to_usd(%1$s, 1.25), 1.25,
          '2026-11-01', 'basic', 'credit_card', '%3$s', '%4$s', 'acct_1',
          timestamptz '%5$s' - interval '1 second', 1, '%6$s', %7$s, 'one', 1, 1)
        """
            .formatted(
                amount,
                currency,
                gateway,
                key,
                unknownSince == null ? settledAt : unknownSince,
                settledAt,
                unknownSince == null ? "null" : "'" + unknownSince + "'"));
    return key.toString();
  }

  private String pay(String amount) {
    return pay(amount, "EUR", NOON);
  }

  /** Inserts a refund of a payment, and returns its gateway key. */
  private String refund(String payment, String amount, @Nullable String failedAt) {
    UUID key = UUID.randomUUID();
    TestPostgres.execute(
        url,
        """
        insert into refunds (id, payment_id, status, amount, amount_usd, created_at, gateway_key,
          inserted_by, inserted_epoch, duration_us, settled_at, instance_id, epoch, segment,
          failed_at, failure_type, failure_code, failure_message, failure_instance_id,
          failure_epoch, failure_segment)
        select gen_random_uuid(), id, 'success', %1$s, 1, settled_at, '%2$s', 'one', 1, 1,
          settled_at + interval '1 hour', 'one', 1, 1, %3$s
        from payments where gateway_key = '%4$s'
        """
            .formatted(
                amount,
                key,
                failedAt == null
                    ? "null, null, null, null, null, null, null"
                    : "'%s', 'x', 'x', 'x', 'one', 1, 1".formatted(failedAt),
                payment));
    return key.toString();
  }

  private void dispute(String payment, String reference, String status, String amount) {
    TestPostgres.execute(
        url,
        """
        insert into disputes (id, payment_id, account, reference, status, amount, currency,
          amount_usd, fx_rate, fx_date, created_at, changed_at, version)
        select gen_random_uuid(), id, 'acct_1', '%s', '%s', %s, currency, 1, fx_rate, fx_date,
          settled_at + interval '2 hours', settled_at + interval '3 hours', 1
        from payments where gateway_key = '%s'
        """
            .formatted(reference, status, amount, payment));
  }

  private String transactionId(String key) {
    return query(
        "select transaction_id from payments_ledger where gateway_key = '%s'".formatted(key));
  }

  private String query(String sql) {
    return TestPostgres.query(url, sql).stream()
        .map(row -> row.stream().map(String::valueOf).collect(Collectors.joining(" ")))
        .collect(Collectors.joining("\n"));
  }

  private Path file(String name, String... lines) throws IOException {
    Path file = directory.resolve(name);
    Files.writeString(
        file, HEADER + Stream.of(lines).map(line -> line + "\n").collect(Collectors.joining()));
    return file;
  }

  /** A line of a payment on the day of most rows. */
  private static String line(String reference, String amount) {
    return line(reference, amount, "2026-11-27", "po_1");
  }

  private static String line(String reference, String amount, String date, String payout) {
    return String.join(",", reference, "payment", "", amount, "", "", "EUR", date, payout);
  }

  private int reconcile(Object... arguments) {
    CommandLine commands = Main.commandLine(Map.of("PAYMETER_DATABASE_URL", url));
    printed.getBuffer().setLength(0);
    errors.getBuffer().setLength(0);
    commands.setOut(new PrintWriter(printed));
    commands.setErr(new PrintWriter(errors));
    List<String> all = new ArrayList<>(List.of("reconcile"));
    for (Object argument : arguments) {
      all.add(argument.toString());
    }
    return commands.execute(all.toArray(String[]::new));
  }

  private String exceptions() {
    return query(
        "select kind, type, case when closed_at is null then 'open' else reason end"
            + " from settlement_exceptions order by id");
  }

  @Test
  void equalSides_match_inEachTypeCurrencyAndReference() throws IOException {
    String euro = pay("10.00");
    String yen = pay("1250", "JPY", NOON);
    String dinar = pay("1.234", "KWD", NOON);
    String refund = refund(euro, "4.00", "2026-11-27T18:00:00Z");
    dispute(yen, "dp_1", "won", "1250");
    pay("7.00", "EUR", "2026-11-28T00:00:00Z");
    pay("8.00", "EUR", NOON, "paypal", null);

    int exitCode =
        reconcile(
            file(
                "stripe.csv",
                euro + ",payment,,10,0.59,9.41,EUR,2026-11-27T12:00:05Z,po_1",
                transactionId(yen) + ",payment,,1250,45,1205,JPY,2026-11-27,po_1",
                dinar.toUpperCase(Locale.ROOT) + ",payment,,1.234,,,KWD,2026-11-27,po_1",
                refund + ",refund," + euro + ",-4.00,0,-4.00,EUR,2026-11-27,po_1",
                refund + ",refund_failed," + euro + ",4.00,0,4.00,EUR,2026-11-27,po_1",
                "dp_1,dispute," + yen + ",-1250,2000,-3250,JPY,2026-11-27,po_1",
                "dp_1,dispute_won," + yen + ",1250,-2000,3250,JPY,2026-11-27,po_1",
                ",fee,,-2.00,,,EUR,2026-11-27,po_1",
                "adj_1,adjustment,,0.05,,,EUR,2026-11-27,po_1"));

    assertThat(exceptions()).isEmpty();
    assertThat(exitCode).isZero();
    assertThat(printed.toString().lines().map(line -> line.replaceAll(" +", " ")))
        .containsExactly(
            "stripe.csv: csv of stripe, 2026-11-27 to 2026-11-27 (UTC)",
            "9 lines, 9 matched",
            "no exceptions",
            "currency lines payments refunds disputes adjustments fees net",
            "EUR 5 10.00 0.00 0.00 0.05 2.59 7.46",
            "JPY 3 1250 0 0 0 45 1205",
            "KWD 1 1.234 0.000 0.000 0.000 0.000 1.234");
    assertThat(
            query(
                "select gateway, name, length(sha256), format, zone, first_day, last_day, lines,"
                    + " matched, read_by from settlement_files"))
        .isEqualTo(
            "stripe stripe.csv 64 csv UTC 2026-11-27 2026-11-27 9 9 "
                + System.getProperty("user.name"));
    assertThat(query("select currency, fees, net from settlement_totals where currency = 'EUR'"))
        .isEqualTo("EUR 2.59 7.46");
  }

  @Test
  void eachKind_isNamed_andWrittenAsCsv() throws IOException {
    String duplicate = pay("10.00");
    String different = pay("11.00");
    String currency = pay("12.00");
    String fee = pay("13.00");
    String late = pay("14.00", "EUR", "2026-11-20T12:00:00Z");
    String split = pay("15.00");
    String disputed = pay("16.00");
    String sign = pay("17.00");
    String rounding = pay("18.00");
    String midnight = pay("19.00", "EUR", "2026-11-26T23:55:00Z");
    String unknown = pay("20.00", "EUR", "2026-11-28T12:00:00Z", "stripe", NOON);
    pay("21.00");
    pay("22.00", "EUR", "2026-11-28T23:59:00Z");
    Path output = directory.resolve("exceptions.csv");

    int exitCode =
        reconcile(
            file(
                "stripe.csv",
                line(UUID.randomUUID().toString(), "9.00"),
                line(duplicate, "10.00"),
                line(duplicate, "10.00", "2026-11-28", "po_2"),
                line(different, "11.50"),
                currency + ",payment,,12.00,,,USD,2026-11-27,",
                fee + ",payment,,13.00,0.90,12.10,EUR,2026-11-27,",
                line(late, "14.00"),
                line(split, "5.00"),
                line(split, "10.00", "2026-11-28", "po_2"),
                "dp_9,dispute," + disputed + ",-16.00,,,EUR,2026-11-27,",
                line(disputed, "16.00"),
                line(sign, "-17.00"),
                line(rounding, "18.01"),
                line(midnight, "19.00"),
                line(unknown, "20.00"),
                "re_1,refund,ch_1,-3.00,,,EUR,2026-11-27,"),
            "--to=2026-11-28",
            "--tariff=2.9%+0.30",
            "--output=" + output);

    assertThat(exitCode).isEqualTo(ServiceRunner.DIFFERENT);
    assertThat(query("select kind, line from settlement_exceptions order by kind, line"))
        .isEqualTo(
            """
            chargeback 11
            day_boundary 15
            day_boundary null
            different_amount 5
            different_currency 6
            duplicate 4
            fee 7
            late 8
            missing_here 2
            missing_there null
            refund_without_payment 17
            rounding 14
            settled_later 16
            sign 13
            split_batch 9
            split_batch 10""");
    assertThat(printed.toString().lines().map(line -> line.replaceAll(" +", " ")))
        .contains("16 lines, 2 matched", "day_boundary 2 2", "split_batch 2 2", "sign 1 1");
    assertThat(
            query(
                "select kind, amount, currency, amount_usd from settlement_exceptions"
                    + " where kind in ('rounding', 'different_amount', 'sign', 'missing_here',"
                    + " 'different_currency', 'missing_there') order by kind"))
        .isEqualTo(
            """
            different_amount 0.50 EUR 0.62
            different_currency 12.00 EUR 15.00
            missing_here 9.00 EUR 11.25
            missing_there 21.00 EUR 26.25
            rounding 0.01 EUR 0.01
            sign 34.00 EUR 42.50""");
    List<String> csv = Files.readAllLines(output);
    assertThat(csv).hasSize(17);
    assertThat(csv.get(0)).startsWith("id,kind,state,type,reference,line,line_amount,");
    assertThat(csv)
        .anyMatch(
            row ->
                row.contains(
                    ",rounding,open,payment,"
                        + rounding
                        + ",14,18.01,,,EUR,2026-11-27,po_1,18.00,EUR,2026-11-27T12:00:00.000000Z,"
                        + "0.01,EUR,0.01,\"The ledger has 18.00 EUR, the gateway has booked"));
    assertThat(directory).isDirectoryNotContaining(file -> file.toString().endsWith(".part"));
  }

  @Test
  void reportOfStripe_isRecognized_andMatchedByItsMetadata() throws IOException {
    String key = pay("12.50");
    String refund = refund(key, "5.00", null);
    Path file = directory.resolve("activity.csv");
    Files.writeString(
        file,
        """
        balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,source_id,\
        automatic_payout_id,payment_metadata[paymeter_gateway_key],\
        refund_metadata[paymeter_gateway_key]
        txn_1,2026-11-27 12:00:00,eur,15.00,0.66,14.34,charge,ch_1,po_1,%1$s,
        txn_2,2026-11-27 12:00:00,eur,-2.50,0.00,-2.50,partial_capture_reversal,ch_1,po_1,%1$s,
        txn_3,2026-11-27 13:00:00,eur,-5.00,0.00,-5.00,refund,re_1,po_1,%1$s,%2$s
        txn_4,2026-11-27 14:00:00,eur,-3.00,0.00,-3.00,refund,re_2,po_1,%1$s,
        txn_5,2026-11-28 00:00:00,eur,-6.84,0.00,-6.84,payout,po_1,,,
        """
            .formatted(key, refund));

    assertThat(reconcile(file)).isEqualTo(ServiceRunner.DIFFERENT);

    assertThat(printed.toString())
        .contains("activity.csv: stripe of stripe, 2026-11-27 to 2026-11-27")
        .contains("4 lines, 3 matched");
    assertThat(query("select kind, reference, line from settlement_exceptions"))
        .as("a refund that was made at Stripe, of a payment of the ledger")
        .isEqualTo("missing_here re_2 5");
  }

  /** All that the server compares by itself. */
  @Test
  void lineThatDiffersInOneRespect_isFound() throws IOException {
    String net = pay("10.00");
    String tariff = pay("10.00");
    String late = pay("10.00");

    reconcile(
        file(
            "stripe.csv",
            net + ",payment,,10.00,0.30,9.71,EUR,2026-11-27,",
            tariff + ",payment,,10.00,0.31,9.69,EUR,2026-11-27,",
            late + ",payment,,10.00,0.30,9.70,EUR,2026-11-27T14:00:00Z,"),
        "--tariff=3%",
        "--late-after=PT1H");

    assertThat(query("select kind, line from settlement_exceptions order by line"))
        .isEqualTo("fee 2\nfee 3\nlate 4");
  }

  @Test
  void rowsOfOtherDays_areNotMissing() throws IOException {
    String key = pay("10.00");
    String before = pay("11.00", "EUR", "2026-11-26T12:00:00Z");
    refund(before, "1.00", "2026-11-28T12:00:00Z");
    dispute(before, "dp_1", "won", "11.00");
    pay("12.00", "EUR", "2026-11-28T12:00:00Z");
    Path file = file("stripe.csv", line(key, "10.00"));

    assertThat(reconcile(file)).isZero();
    assertThat(reconcile(file, "--from=2026-11-26", "--to=2026-11-28"))
        .isEqualTo(ServiceRunner.DIFFERENT);
    assertThat(query("select type from settlement_exceptions order by type collate \"C\""))
        .isEqualTo("dispute\ndispute_won\npayment\npayment\nrefund\nrefund_failed");
  }

  @Test
  void sameFile_readAgain_addsNothing() throws IOException {
    String key = pay("10.00");
    pay("21.00");
    Path file = file("stripe.csv", line(key, "10.00"), line(key, "10.00"), line("ch_1", "5.00"));
    reconcile(file);
    String before = exceptions();

    int exitCode = reconcile(file);

    assertThat(exitCode).isEqualTo(ServiceRunner.DIFFERENT);
    assertThat(exceptions()).isEqualTo(before).hasLineCount(3);
    assertThat(printed.toString()).contains("read before").contains("3 lines, 1 matched");
    assertThat(query("select count(*) from settlement_files")).isEqualTo("1");
    assertThat(query("select count(*) from settlement_lines")).isEqualTo("2");
    assertThat(query("select count(*) from settlement_totals")).isEqualTo("1");
  }

  @Test
  void overlappingFile_addsNothing_butFindsWhatItsOwnLinesRepeat() throws IOException {
    String key = pay("10.00");
    String other = pay("11.00");
    reconcile(file("day.csv", line(key, "10.00"), line(other, "11.01"), line(other, "11.01")));
    String before = exceptions();

    reconcile(file("week.csv", line(other, "11.01"), line(other, "11.01"), line(key, "10.00")));

    assertThat(before).hasLineCount(2);
    assertThat(exceptions()).isEqualTo(before);

    reconcile(file("more.csv", line(key, "10.00", "2026-11-29", "po_3")), "--from=2026-11-29");

    assertThat(exceptions()).isEqualTo(before + "\nduplicate payment open");
  }

  @Test
  void rowThatALaterFileHas_isClosed() throws IOException {
    String first = pay("10.00");
    String late = pay("11.00");
    reconcile(file("day.csv", line(first, "10.00")));
    assertThat(exceptions()).isEqualTo("missing_there payment open");

    int exitCode = reconcile(file("later.csv", line(late, "11.00", "2026-12-08", "po_9")));

    assertThat(exceptions())
        .isEqualTo(
            """
            missing_there payment line 2 of later.csv has it, booked on 2026-12-08
            late payment open""");
    assertThat(exitCode).isEqualTo(ServiceRunner.DIFFERENT);
    assertThat(printed.toString()).contains("closed, because this file explains them: 1");
    assertThat(query("select closed_by from settlement_exceptions where closed_at is not null"))
        .isEqualTo("paymeter");
  }

  /** The order of the files makes no difference. */
  @Test
  void rowThatAnEarlierFileHas_isNotMissing() throws IOException {
    String first = pay("10.00");
    String second = pay("11.00");
    reconcile(file("later.csv", line(second, "11.00", "2026-11-28", "po_2")));

    assertThat(reconcile(file("day.csv", line(first, "10.00")))).isZero();
    assertThat(exceptions()).isEmpty();
  }

  @Test
  void bothSidesOfADayBoundary_closeEachOther() throws IOException {
    String first = pay("10.00");
    String midnight = pay("11.00", "EUR", "2026-11-27T23:50:00Z");
    reconcile(file("one.csv", line(first, "10.00")));
    assertThat(exceptions()).isEqualTo("day_boundary payment open");

    int exitCode = reconcile(file("two.csv", line(midnight, "11.00", "2026-11-28", "po_2")));

    assertThat(exceptions())
        .isEqualTo(
            """
            day_boundary payment line 2 of two.csv has it, booked on 2026-11-28
            day_boundary payment the other side of the exception 1""");
    assertThat(exitCode).as("nothing is left to do").isZero();
  }

  @Test
  void zone_decidesAboutDays() throws IOException {
    String key = pay("10.00", "EUR", "2026-11-27T22:50:00Z");
    Path file = file("stripe.csv", line(key, "10.00", "2026-11-28", "po_1"));

    assertThat(reconcile(file)).as("70 minutes before midnight in UTC").isZero();
    assertThat(reconcile(file, "--zone=Europe/Berlin")).isEqualTo(ServiceRunner.DIFFERENT);
    assertThat(exceptions()).isEqualTo("day_boundary payment open");
    assertThat(query("select zone from settlement_files")).isEqualTo("Europe/Berlin");
  }

  @Test
  void partsInTwoFiles_areASplitBatch_andTheFirstOneIsClosed() throws IOException {
    String key = pay("10.00");
    reconcile(file("one.csv", line(key, "4.00")));
    assertThat(exceptions()).isEqualTo("different_amount payment open");

    reconcile(file("two.csv", line(key, "6.00", "2026-11-28", "po_2")));

    assertThat(exceptions())
        .isEqualTo(
            """
            different_amount payment line 2 of two.csv has another part of it
            split_batch payment open""");
  }

  @Test
  void outcomeThatWasUnknown_isNamedWhenItIsSettled() throws IOException {
    String key = pay("10.00", "EUR", "2026-11-28T12:00:00Z", "stripe", NOON);
    String update =
        "update payments set status = '%s', settled_at = %s, instance_id = %s, epoch = %s,"
            + " segment = %s, next_inquiry = %s";
    TestPostgres.execute(
        url, update.formatted("unknown", "null", "null", "null", "null", "settled_at"));
    Path file = file("stripe.csv", line(key, "10.00"));
    reconcile(file, "--gateway=stripe");
    assertThat(query("select kind, explanation from settlement_exceptions"))
        .contains("missing_here", "the ledger has it as unknown");

    TestPostgres.execute(
        url, update.formatted("success", "'2026-11-28T12:00:00Z'", "'one'", "1", "1", "null"));
    reconcile(file);

    assertThat(exceptions())
        .isEqualTo(
            """
            missing_here payment line 2 of stripe.csv matches: the ledger has it since
            settled_later payment open""");
    assertThat(reconcile(file("next.csv", line("ch_1", "1.00", "2026-11-28", ""))))
        .as("the row of the 28th has a line in the first file")
        .isEqualTo(ServiceRunner.MISCONFIGURED);
    reconcile(file("next.csv", line("ch_1", "1.00", "2026-11-28", "")), "--gateway=stripe");
    assertThat(exceptions()).doesNotContain("missing_there");
  }

  @Test
  void disputeThatIsStoredLater_closesItsChargeback() throws IOException {
    String key = pay("10.00");
    Path file =
        file("d.csv", line(key, "10.00"), "dp_1,dispute," + key + ",-10.00,,,EUR,2026-11-27,");
    reconcile(file);
    assertThat(exceptions()).isEqualTo("chargeback dispute open");

    dispute(key, "dp_1", "needs_response", "10.00");

    assertThat(reconcile(file)).isZero();
    assertThat(exceptions()).startsWith("chargeback dispute line 3 of d.csv matches");
  }

  /** Its amount is withdrawn when the warning ends, long after its creation. */
  @Test
  void disputeAfterAWarning_isNotLate() throws IOException {
    String key = pay("10.00");
    dispute(key, "dp_1", "needs_response", "10.00");
    Path file =
        file("d.csv", line(key, "10.00"), "dp_1,dispute," + key + ",-10.00,,,EUR,2026-12-09,");
    assertThat(reconcile(file)).isEqualTo(ServiceRunner.DIFFERENT);
    assertThat(exceptions()).isEqualTo("late dispute open");

    TestPostgres.execute(
        url,
        """
        insert into business_events (publisher, id, event, label, amount, currency, amount_usd,
          fx_rate, fx_date, recorded_at, receipt, instance_id, epoch, segment)
        select 'paymeter', d.id || '/' || e.event, e.event, e.event, 1, 'EUR', 1, 1, '2026-11-01',
          e.at, gen_random_uuid(), 'one', 1, 1
        from disputes d cross join (values
          ('warning_opened', timestamptz '2026-11-27T14:00:00Z'),
          ('dispute_opened', timestamptz '2026-12-09T10:00:00Z')) e (event, at);
        truncate settlement_exceptions
        """);

    assertThat(reconcile(file)).isZero();
  }

  @Test
  void account_andGateway_selectRows() throws IOException {
    String key = pay("10.00");
    String other = pay("11.00", "EUR", NOON, "paypal", null);
    pay("12.00");
    Path file = file("stripe.csv", line(key, "10.00"));

    assertThat(reconcile(file, "--account=acct_2")).as("rows of another account").isZero();
    assertThat(reconcile(file, "--account=acct_1")).isEqualTo(ServiceRunner.DIFFERENT);
    assertThat(reconcile(file, "--gateway=paypal")).isEqualTo(ServiceRunner.MISCONFIGURED);
    assertThat(errors.toString()).contains("payments of paypal in the file, found those of stripe");
    assertThat(exceptions()).isEqualTo("missing_there payment open");

    Path both = file("both.csv", line(key, "10.00"), line(other, "11.00"));
    assertThat(reconcile(both, "--gateway=paypal")).isEqualTo(ServiceRunner.DIFFERENT);
    assertThat(query("select gateway, explanation from settlement_exceptions where line = 2"))
        .isEqualTo("paypal The ledger has this payment at the gateway stripe.");
  }

  /** The ledger does not know their references at the gateway. */
  @Test
  void paymentsOfOtherServices_areNotMissing() throws IOException {
    String key = pay("10.00");
    String other = pay("11.00");
    TestPostgres.execute(
        url,
        "update payments set source = 'shop', source_id = '1', recorded_at = settled_at,"
            + " gateway_key = null where gateway_key = '%s'".formatted(other));

    assertThat(reconcile(file("stripe.csv", line(key, "10.00")))).isZero();
    String id = query("select transaction_id from payments_ledger where source is not null");
    assertThat(reconcile(file("all.csv", line(id, "11.01"), line(key, "10.00"))))
        .as("but compared by their ids")
        .isEqualTo(ServiceRunner.DIFFERENT);
    assertThat(exceptions()).isEqualTo("rounding payment open");
  }

  @Test
  void close_storesTheReason_andIsInTheAuditTrail() throws IOException {
    String key = pay("10.00");
    Path file = file("stripe.csv", line(key, "10.01"));
    reconcile(file);

    assertThat(reconcile("--close=1", "--reason=accepted by Ann")).isZero();

    String user = System.getProperty("user.name");
    assertThat(printed.toString()).startsWith("closed: rounding of payment " + key);
    assertThat(query("select closed_by, reason from settlement_exceptions"))
        .isEqualTo(user + " accepted by Ann");
    assertThat(
            query(
                "select operator, action, subject, reason, status, outcome from operator_actions"))
        .isEqualTo(
            user
                + " exception_closure exception 1 accepted by Ann 200 closed: rounding of payment "
                + key);
    assertThat(reconcile(file)).as("it stays closed").isZero();

    assertThat(reconcile("--close=1", "--reason=again")).isEqualTo(ServiceRunner.MISCONFIGURED);
    assertThat(errors.toString())
        .isEqualTo("reconcile: expected an open exception, found none with the id 1\n");
    assertThat(query("select status, outcome from operator_actions order by id desc limit 1"))
        .startsWith("404 ")
        .contains("found none with the id 1");
  }

  @Test
  void close_bySql_storesTheUserOfTheSession() throws IOException {
    reconcile(file("stripe.csv", line(pay("10.00"), "10.01")));

    assertThat(query("select close_settlement_exception(1, 'one cent')")).startsWith("closed: ");
    assertThat(query("select closed_by = session_user, reason from settlement_exceptions"))
        .isEqualTo("t one cent");
  }

  @Test
  void invalidFile_namesThePlace_andStoresNothing() throws IOException {
    String key = pay("10.00");
    Path file = file("bad.csv", line(key, "10.00"), line(key, "ten"));
    Path output = directory.resolve("exceptions.csv");

    assertThat(reconcile(file, "--output=" + output)).isEqualTo(ServiceRunner.MISCONFIGURED);

    assertThat(errors.toString())
        .isEqualTo(
            file + ": line 3, column amount: expected a decimal such as 12.50, found \"ten\"\n");
    assertThat(query("select count(*) from settlement_files")).isEqualTo("0");
    assertThat(query("select count(*) from settlement_exceptions")).isEqualTo("0");
    assertThat(output).doesNotExist();
  }

  @Test
  void unsuitableFiles_areErrors() throws IOException {
    pay("10.00");
    pay("10.00", "EUR", NOON, "paypal", null);
    Path empty = file("empty.csv");
    Path other = directory.resolve("other.csv");
    Files.writeString(other, "a,b,c\n1,2,3\n");

    assertThat(reconcile(directory.resolve("none.csv"))).isEqualTo(ServiceRunner.MISCONFIGURED);
    assertThat(errors.toString()).contains("none.csv (No such file or directory)");
    assertThat(reconcile(other)).isEqualTo(ServiceRunner.MISCONFIGURED);
    assertThat(errors.toString())
        .contains("line 1: expected the columns", "reference, type,", "found \"a,b,c\"");
    assertThat(reconcile(empty)).isEqualTo(ServiceRunner.MISCONFIGURED);
    assertThat(errors.toString()).contains("--gateway, because the file has payments of none");
    assertThat(reconcile(empty, "--gateway=stripe")).isEqualTo(ServiceRunner.MISCONFIGURED);
    assertThat(errors.toString()).contains("expected --from and --to");
    assertThat(reconcile(directory)).isEqualTo(ServiceRunner.FAILED);
    assertThat(query("select count(*) from settlement_files")).isEqualTo("0");

    assertThat(reconcile(empty, "--gateway=stripe", "--from=2026-11-27", "--to=2026-11-27"))
        .as("a day without a line")
        .isEqualTo(ServiceRunner.DIFFERENT);
    assertThat(exceptions()).isEqualTo("missing_there payment open");
  }

  @Test
  void paymentsOfTwoGateways_needOne() throws IOException {
    Path file =
        file(
            "both.csv",
            line(pay("10.00"), "10.00"),
            line(pay("11.00", "EUR", NOON, "paypal", null), "11.00"));

    assertThat(reconcile(file)).isEqualTo(ServiceRunner.MISCONFIGURED);
    assertThat(errors.toString()).contains("has payments of paypal, stripe");
  }

  @Test
  void wrongArguments_areErrors() throws IOException {
    Path file = file("stripe.csv");

    for (List<String> arguments :
        List.of(
            List.<String>of(),
            List.of(file.toString(), "--close=1", "--reason=x"),
            List.of("--close=1"),
            List.of("--close=1", "--reason= "),
            List.of(file.toString(), "--reason=x"),
            List.of(file.toString(), "--from=2026-11-28", "--to=2026-11-27"),
            List.of(file.toString(), "--tariff=3"),
            List.of(file.toString(), "--zone=Mars"),
            List.of(file.toString(), "--format=xml"),
            List.of(file.toString(), "--late-after=-PT1H"),
            List.of(file.toString(), "--day-boundary=PT12H"))) {
      assertThat(reconcile(arguments.toArray()))
          .as("%s", arguments)
          .isEqualTo(ServiceRunner.MISCONFIGURED);
      assertThat(errors.toString()).contains("Try: paymeter reconcile --help");
    }
  }
}
