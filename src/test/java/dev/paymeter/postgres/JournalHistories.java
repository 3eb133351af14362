package dev.paymeter.postgres;

import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.Authorization;
import dev.paymeter.payment.Dispute;
import dev.paymeter.payment.DisputeStatus;
import dev.paymeter.payment.ExchangeRates;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.VoidReason;
import dev.paymeter.payment.port.DisputeLedger.Change;
import dev.paymeter.postgres.server.Database;
import dev.paymeter.report.RecordedPayment;
import dev.paymeter.report.ReportLedger.Recording;
import dev.paymeter.support.ledger.TestLeases;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Currency;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Random histories of payments, their refunds and their disputes, which the product's own ledgers
 * write, with a model of the journal. After each step, the lines of the history's payments have to
 * sum to zero, and to be those of the model.
 *
 * <p>A history has up to three payments. Their amounts are small more often than not, because
 * rounding matters there.
 */
final class JournalHistories implements AutoCloseable {
  private static final List<String> CURRENCIES = List.of("USD", "EUR", "GBP", "JPY", "KRW", "KWD");
  private static final List<String> GATEWAYS = List.of("stripe", "paypal");
  private static final BigDecimal ZERO_USD = new BigDecimal("0.00");
  private static final int MAX_STEPS = 12;

  /** Histories after which the balances of all are compared, at this and at an earlier cut. */
  private static final int INTERVAL = 50;

  /** An amount, as debit (positive) or credit, in its currency and in US dollars. */
  private record Posting(BigDecimal amount, BigDecimal usd) {
    static final Posting NONE = new Posting(BigDecimal.ZERO, ZERO_USD);

    static Posting of(Money amount, BigDecimal usd) {
      return new Posting(amount.amount(), usd);
    }

    Posting plus(Posting other) {
      return new Posting(amount.add(other.amount), usd.add(other.usd));
    }

    Posting negated() {
      return new Posting(amount.negate(), usd.negate());
    }

    boolean isZero() {
      return amount.signum() == 0 && usd.signum() == 0;
    }

    @Override
    public String toString() {
      return amount.stripTrailingZeros().toPlainString() + " / " + usd.toPlainString();
    }
  }

  /** Balances by account and currency. */
  private static final class Balances {
    private final Map<String, Posting> byAccount = new TreeMap<>();

    Balances() {}

    Balances(Balances other) {
      byAccount.putAll(other.byAccount);
    }

    void add(String account, Currency currency, Posting posting) {
      add(account + " " + currency, posting);
    }

    private void add(String key, Posting posting) {
      byAccount.merge(key, posting, Posting::plus);
    }

    void addAll(Balances other) {
      other.byAccount.forEach(this::add);
    }

    /** Returns the texts of the balances that are not zero. */
    Map<String, String> texts() {
      return byAccount.entrySet().stream()
          .filter(entry -> !entry.getValue().isZero())
          .collect(
              Collectors.toMap(
                  Map.Entry::getKey,
                  entry -> entry.getValue().toString(),
                  (a, b) -> a,
                  TreeMap::new));
    }
  }

  /** An instance that writes, with the segment that is the current one. */
  private static final class Writer {
    private LedgerIdentity identity;
    private int segment = 1;

    Writer(LedgerIdentity identity) {
      this.identity = identity;
    }

    long cut() {
      return ((long) identity.epoch() << 32) + segment;
    }
  }

  /** The balances at a cut of each instance. */
  private record Snapshot(Map<String, Long> cuts, Balances balances) {}

  /** A payment that has succeeded, and what the model needs of it. */
  private static final class Paid {
    private final Payment payment;
    private final boolean isRefundable;
    private final List<Refund> refunds = new ArrayList<>();
    private final List<Disputed> disputes = new ArrayList<>();
    private Posting refunded = Posting.NONE;

    Paid(Payment payment, boolean isRefundable) {
      this.payment = payment;
      this.isRefundable = isRefundable;
    }

    /** A payment of which nothing else has happened leaves nothing in any account. */
    boolean isCompletelyRefunded() {
      return left().signum() == 0 && disputes.isEmpty();
    }

    BigDecimal left() {
      return payment.amount().amount().subtract(refunded.amount);
    }

    Currency currency() {
      return payment.amount().currency();
    }
  }

  /** A dispute, with what is withdrawn because of it. */
  private static final class Disputed {
    private Dispute dispute;
    private @Nullable Money withdrawn;
    private Posting open = Posting.NONE;
    private Posting lost = Posting.NONE;
    private @Nullable Money fee;
    private BigDecimal feeUsd = ZERO_USD;

    Disputed(Dispute dispute) {
      this.dispute = dispute;
    }
  }

  private static final String LINES =
      """
      select transaction_id, payment_id, account, currency, debit, credit, debit_usd, credit_usd
      from journal where payment_id = any (?)
      """;

  private final Vertx vertx = Vertx.vertx();
  private final String url = TestPostgres.newDatabase();
  private final Pool pool =
      Database.at(url).createPool(vertx, Database.MAIN_POOL, 4, Duration.ofSeconds(10));
  private final StatementExecutor statements = new StatementExecutor(pool, Duration.ofSeconds(10));
  private final Connection connection;
  private final PreparedStatement lines;
  private final Random random;
  private final List<Writer> writers = new ArrayList<>();
  private final Balances all = new Balances();
  private final List<Snapshot> snapshots = new ArrayList<>();
  private Writer writer;
  private Instant now = TestOrders.CREATED_AT;
  private long references;

  // Of the current history.
  private Balances model = new Balances();
  private final List<UUID> payments = new ArrayList<>();
  private final List<Paid> paid = new ArrayList<>();
  private final List<String> steps = new ArrayList<>();

  private long stepCount;
  private long lineCount;
  private final Map<String, Long> kinds = new TreeMap<>();

  JournalHistories(long seed) {
    random = new Random(seed);
    try {
      connection = TestPostgres.connect(url);
      lines = connection.prepareStatement(LINES);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    for (String instance : List.of("one", "two")) {
      writers.add(new Writer(TestLeases.acquire(statements, instance)));
    }
    writer = writers.get(0);
  }

  /** Runs histories, and returns a line about what they consisted of. */
  String run(int count) {
    for (int history = 1; history <= count; history++) {
      run();
      if (history % INTERVAL == 0 || history == INTERVAL / 10 || history == count) {
        compareAll();
      }
    }
    return "%d histories, %d steps, %d lines, %s".formatted(count, stepCount, lineCount, kinds);
  }

  private void run() {
    model = new Balances();
    payments.clear();
    paid.clear();
    steps.clear();
    int count = 1 + random.nextInt(MAX_STEPS);
    for (int i = 0; i < count; i++) {
      writer = writers.get(random.nextInt(writers.size()));
      now = now.plusMillis(1 + random.nextInt(1000));
      String step = step();
      steps.add(step);
      stepCount++;
      kinds.merge(step.replaceFirst(" .*", ""), 1L, Long::sum);
      if (random.nextInt(3) == 0) {
        writer.segment++;
      }
      check();
    }
    all.addAll(model);
  }

  private String step() {
    if (paid.isEmpty() || (payments.size() < 3 && random.nextInt(4) == 0)) {
      return pay();
    }
    Paid of = any(paid);
    return random.nextInt(5) < 3 ? refund(of) : dispute(of);
  }

  private String pay() {
    TestOrders order =
        TestOrders.order().of(amount(any(CURRENCIES)), currencyOfAmount).gateway(any(GATEWAYS));
    return switch (random.nextInt(10)) {
      case 0 -> declined(order);
      case 1 -> unknown(order);
      case 2 -> resolved(order);
      case 3 -> authorized(order);
      case 4, 5 -> captured(order);
      case 6 -> recorded(order);
      default -> charged(order);
    };
  }

  /** Currency of the last amount: {@link #amount} fits its digits. */
  private String currencyOfAmount = "USD";

  private String amount(String currency) {
    currencyOfAmount = currency;
    long minor = 1 + random.nextInt(random.nextInt(3) > 0 ? 40 : 200_000);
    return BigDecimal.valueOf(minor, Currency.getInstance(currency).getDefaultFractionDigits())
        .toPlainString();
  }

  private PostgresPaymentLedger ledger() {
    return new PostgresPaymentLedger(statements, writer.identity);
  }

  private Payment.Settlement settlement(@Nullable PaymentException failure) {
    return settlement(failure, null);
  }

  private Payment.Settlement settlement(@Nullable PaymentException failure, @Nullable UUID manual) {
    return new Payment.Settlement(TestOrders.DURATION, now, failure, writer.segment, manual);
  }

  private Payment pending(TestOrders order) {
    Payment pending = order.pending();
    await(ledger().insert(pending));
    payments.add(pending.id());
    return pending;
  }

  private String declined(TestOrders order) {
    await(
        ledger()
            .settle(
                pending(order)
                    .settle(settlement(new PaymentValidationException("Invalid payment method")))));
    return "declined";
  }

  private String charged(TestOrders order) {
    return succeeded("charged", pending(order).settle(settlement(null)));
  }

  private String unknown(TestOrders order) {
    await(ledger().markUnknown(TestOrders.markedUnknown(pending(order))));
    return "unknown";
  }

  /** An unknown outcome that the gateway's evidence, or two operators, settle. */
  private String resolved(TestOrders order) {
    Payment unknown = TestOrders.markedUnknown(pending(order));
    await(ledger().markUnknown(unknown));
    boolean isManual = random.nextBoolean();
    return succeeded(
        isManual ? "settled-by-operators" : "resolved",
        unknown.settle(settlement(null, isManual ? UUID.randomUUID() : null)));
  }

  private Payment hold(TestOrders order) {
    Payment pending = pending(order.manual());
    Payment authorized =
        pending.authorize(
            new Authorization(
                pending.amount(),
                "auth_1",
                TestOrders.DURATION,
                now.plus(TestOrders.VALIDITY),
                null,
                null));
    return await(ledger().settle(authorized));
  }

  private String authorized(TestOrders order) {
    Payment authorized = hold(order);
    if (random.nextBoolean()) {
      return "authorized";
    }
    Payment pending = authorized.requestVoid(UUID.randomUUID(), VoidReason.REQUESTED);
    assertThat(await(ledger().request(pending, Optional.empty()))).isTrue();
    await(
        ledger()
            .settle(
                pending.cancel(
                    VoidReason.REQUESTED, pending.authorized().orElseThrow(), settlement(null))));
    return "voided";
  }

  private String captured(TestOrders order) {
    Payment authorized = hold(order);
    Money amount = part(authorized.amount());
    Payment pending = authorized.requestCapture(UUID.randomUUID(), amount);
    assertThat(await(ledger().request(pending, Optional.empty()))).isTrue();
    return succeeded(
        amount.equals(authorized.amount()) ? "captured" : "captured-in-part",
        pending.capture(amount, pending.authorized().orElseThrow(), settlement(null)));
  }

  private String succeeded(String step, Payment settled) {
    Payment stored = await(ledger().settle(settled));
    sell(stored, receivables(stored.order().gateway(), stored.account()));
    paid.add(new Paid(stored, true));
    return step + " " + stored.amount();
  }

  /** A payment that another service has processed; its account and its refunds are not known. */
  private String recorded(TestOrders order) {
    boolean isSuccess = random.nextBoolean();
    RecordedPayment report =
        order
            .segment(writer.segment)
            .recorded(
                "shop",
                "p" + references++,
                isSuccess ? null : new PaymentGatewayException("down"),
                now);
    assertThat(
            await(
                new PostgresReportLedger(statements, writer.identity)
                    .recordPayments(List.of(report))))
        .containsExactly(Recording.ACCEPTED);
    Payment payment = report.payment();
    payments.add(payment.id());
    if (isSuccess) {
      sell(payment, receivables(payment.order().gateway(), null));
    }
    return isSuccess ? "recorded " + payment.amount() : "recorded-failure";
  }

  private static String receivables(String gateway, @Nullable String account) {
    return "receivables:" + gateway + (account == null ? "" : ":" + account);
  }

  private static String receivables(Paid of) {
    return receivables(of.payment.order().gateway(), of.payment.account());
  }

  private void sell(Payment payment, String receivables) {
    Posting posting = Posting.of(payment.amount(), payment.rate().convert(payment.amount()));
    Currency currency = payment.amount().currency();
    model.add(receivables, currency, posting);
    model.add("sales", currency, posting.negated());
  }

  private Money part(Money whole) {
    long minor = whole.amount().unscaledValue().longValueExact();
    long part = random.nextInt(3) == 0 ? minor : 1 + Math.floorMod(random.nextLong(), minor);
    return Money.of(BigDecimal.valueOf(part, whole.amount().scale()), whole.currency());
  }

  private String refund(Paid of) {
    if (!of.refunds.isEmpty() && random.nextInt(4) == 0) {
      return failLater(of);
    }
    if (!of.isRefundable || of.left().signum() == 0) {
      return "nothing-to-refund";
    }
    PostgresRefundLedger refunds = new PostgresRefundLedger(statements, writer.identity);
    Money amount = part(Money.of(of.left(), of.currency()));
    Refund pending = TestOrders.refund(of.payment, amount.amount().toPlainString());
    assertThat(await(refunds.insert(pending, Optional.empty()))).isTrue();
    if (random.nextInt(6) == 0) {
      await(refunds.settle(pending.settle(settlement(new PaymentGatewayException("down")))));
      return "refund-declined " + amount;
    }
    Refund settled = await(refunds.settle(pending.settle(settlement(null))));
    BigDecimal sum = of.refunded.amount.add(amount.amount());
    BigDecimal sumUsd = of.payment.rate().convert(Money.of(sum, of.currency()));
    BigDecimal usd = sumUsd.subtract(of.refunded.usd).max(ZERO_USD);
    post(of, settled, Posting.of(amount, usd));
    of.refunds.add(settled);
    return "refunded " + amount;
  }

  /** Posts a refund, or its negation if it has failed. */
  private void post(Paid of, Refund refund, Posting posting) {
    assertThat(refund.amountUsd()).isEqualByComparingTo(posting.usd.abs());
    of.refunded = of.refunded.plus(posting);
    model.add("refunds", of.currency(), posting);
    model.add(receivables(of), of.currency(), posting.negated());
  }

  private String failLater(Paid of) {
    Refund refund = of.refunds.remove(random.nextInt(of.refunds.size()));
    PaymentException returned =
        PaymentException.of(FailureCode.REFUND_FAILED, "the account was closed");
    Refund failed =
        await(
            new PostgresRefundLedger(statements, writer.identity)
                .settle(refund.failLater(settlement(returned))));
    post(of, failed, Posting.of(refund.amount(), refund.amountUsd()).negated());
    return "refund-failed-later " + refund.amount();
  }

  private String dispute(Paid of) {
    if (of.disputes.isEmpty() || (of.disputes.size() < 3 && random.nextInt(4) == 0)) {
      return beginDispute(of);
    }
    Disputed disputed = any(of.disputes);
    if (random.nextInt(4) == 0) {
      return change(of, disputed, disputed.dispute.status(), "restated");
    }
    List<DisputeStatus> next =
        Arrays.stream(DisputeStatus.values()).filter(disputed.dispute.status()::canBecome).toList();
    return next.isEmpty() ? "dispute-ended" : change(of, disputed, any(next), "dispute");
  }

  private String beginDispute(Paid of) {
    Disputed begun =
        new Disputed(
            new Dispute(
                UUID.randomUUID(),
                of.payment.id(),
                "dp_" + references++,
                DisputeStatus.NEEDS_RESPONSE,
                "fraudulent",
                of.payment.amount(),
                of.payment.amountUsd(),
                of.payment.rate(),
                null,
                null,
                now,
                now,
                0));
    of.disputes.add(begun);
    return change(of, begun, any(List.of(DisputeStatus.values())), "dispute");
  }

  /**
   * Writes a state that the gateway states, sometimes with another amount, currency or fee than
   * before. The rate is that of {@code DisputeService}, or another one.
   */
  private String change(Paid of, Disputed disputed, DisputeStatus status, String step) {
    Dispute before = disputed.dispute;
    boolean isNew = before.version() == 0;
    Money amount =
        random.nextInt(4) > 0
            ? before.amount()
            : random.nextInt(3) > 0
                ? part(of.payment.amount())
                : TestOrders.money(amount(any(CURRENCIES)), currencyOfAmount);
    ExchangeRates.Rate rate =
        random.nextInt(5) == 0
            ? TestOrders.rate("1.2345")
            : amount.currency().equals(before.amount().currency())
                ? before.rate()
                : TestOrders.RATES.of(amount.currency());
    Money fee = random.nextInt(3) > 0 ? before.fee() : fee();
    BigDecimal feeUsd = fee == null ? null : TestOrders.RATES.of(fee.currency()).convert(fee);
    Dispute after =
        new Dispute(
            before.id(),
            before.payment(),
            before.reference(),
            status,
            before.reason(),
            amount,
            rate.convert(amount),
            rate,
            null,
            fee,
            before.createdAt(),
            now,
            before.version() + 1);
    Change change =
        new Change(
            after,
            String.valueOf(of.payment.account()),
            isNew || status != before.status()
                ? status.eventsAfter(isNew ? null : before.status())
                : List.of(),
            feeUsd,
            UUID.randomUUID(),
            writer.segment);
    assertThat(await(new PostgresDisputeLedger(statements, writer.identity).write(change)))
        .isTrue();
    disputed.dispute = after;
    change.events().forEach(event -> post(of, disputed, event.label()));
    if (fee != null && !fee.equals(before.fee())) {
      charge(of, disputed, fee, feeUsd);
    }
    return step + "-" + status.label() + " " + amount;
  }

  private @Nullable Money fee() {
    return switch (random.nextInt(4)) {
      case 0 -> null;
      case 1 -> TestOrders.money("0.00", "USD");
      case 2 -> TestOrders.money("20.15", "EUR");
      default -> TestOrders.money("15.00", "USD");
    };
  }

  /** The model of a dispute: what is withdrawn at first, comes back or is lost as a whole. */
  private void post(Paid of, Disputed disputed, String event) {
    Posting stated = Posting.of(disputed.dispute.amount(), disputed.dispute.amountUsd());
    Money amount = disputed.dispute.amount();
    switch (event) {
      case "dispute_opened" -> {
        disputed.withdrawn = amount;
        disputed.open = stated;
        move(of, "disputes:open", amount, stated);
      }
      case "dispute_won" -> move(of, "disputes:open", disputed.withdrawn, disputed.open.negated());
      case "dispute_lost" -> lose(of, disputed, stated);
      case "dispute_reinstated" ->
          move(of, "disputes:lost", disputed.withdrawn, disputed.lost.negated());
      case "reversal" -> move(of, "disputes:reversed", amount, stated);
      default -> assertThat(event).startsWith("warning_");
    }
  }

  private void lose(Paid of, Disputed disputed, Posting stated) {
    Money amount = disputed.dispute.amount();
    Money withdrawn = disputed.withdrawn;
    model.add("disputes:open", withdrawn.currency(), disputed.open.negated());
    model.add("disputes:lost", amount.currency(), stated);
    if (amount.equals(withdrawn)) { // Nothing moves but a difference of the rates.
      Posting difference = disputed.open.plus(stated.negated());
      model.add("rounding", amount.currency(), difference);
    } else {
      model.add(receivables(of), withdrawn.currency(), disputed.open);
      model.add(receivables(of), amount.currency(), stated.negated());
    }
    disputed.withdrawn = amount;
    disputed.lost = stated;
  }

  private void move(Paid of, String account, Money money, Posting posting) {
    model.add(account, money.currency(), posting);
    model.add(receivables(of), money.currency(), posting.negated());
  }

  private void charge(Paid of, Disputed disputed, Money fee, BigDecimal usd) {
    if (disputed.fee != null) {
      chargeOnce(of, disputed.fee, Posting.of(disputed.fee, disputed.feeUsd).negated());
    }
    chargeOnce(of, fee, Posting.of(fee, usd));
    disputed.fee = fee;
    disputed.feeUsd = usd;
  }

  private void chargeOnce(Paid of, Money fee, Posting posting) {
    move(of, "fees", fee, posting);
  }

  private void check() {
    Supplier<String> history = () -> String.join("; ", steps);
    Balances found = new Balances();
    Map<String, Posting> byTransaction = new HashMap<>();
    Map<String, BigDecimal> usdByTransaction = new HashMap<>();
    Map<String, Balances> byPayment = new HashMap<>();
    for (List<String> line : lines()) {
      lineCount++;
      Posting posting = posting(line, 4);
      String account = line.get(2);
      Currency currency = Currency.getInstance(line.get(3));
      found.add(account, currency, posting);
      if (account.equals("rounding")) {
        kinds.merge("(rounding)", 1L, Long::sum);
      }
      byTransaction.merge(line.get(0) + " " + currency, posting, Posting::plus);
      usdByTransaction.merge(line.get(0), posting.usd, BigDecimal::add);
      byPayment
          .computeIfAbsent(line.get(1), payment -> new Balances())
          .add(isReturn(account) ? "sales and refunds" : account, currency, posting);
    }
    assertThat(byTransaction).as(history).allSatisfy((id, sum) -> assertThat(sum.amount).isZero());
    assertThat(usdByTransaction).as(history).allSatisfy((id, sum) -> assertThat(sum).isZero());
    assertThat(found.texts()).as(history).isEqualTo(model.texts());
    for (Paid each : paid) {
      if (each.isCompletelyRefunded()) {
        kinds.merge("(full refunds)", 1L, Long::sum);
        assertThat(byPayment.get(each.payment.id().toString()).texts()).as(history).isEmpty();
      }
    }
  }

  private static boolean isReturn(String account) {
    return account.equals("sales") || account.equals("refunds");
  }

  private List<List<String>> lines() {
    try {
      lines.setArray(1, connection.createArrayOf("uuid", payments.toArray()));
      List<List<String>> found = new ArrayList<>();
      try (ResultSet rows = lines.executeQuery()) {
        while (rows.next()) {
          List<String> line = new ArrayList<>();
          for (int column = 1; column <= rows.getMetaData().getColumnCount(); column++) {
            line.add(rows.getString(column));
          }
          found.add(line);
        }
      }
      return found;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Posting posting(List<String> line, int first) {
    return new Posting(
        new BigDecimal(line.get(first)).subtract(new BigDecimal(line.get(first + 1))),
        new BigDecimal(line.get(first + 2)).subtract(new BigDecimal(line.get(first + 3))));
  }

  /** Compares the balances of all histories, now, and at an earlier cut, which must not change. */
  private void compareAll() {
    TestPostgres.execute(url, "analyze"); // As autovacuum does, which the tests' server has not.
    assertThat(trialBalance("null", "null").texts()).isEqualTo(all.texts());
    Map<String, Long> cuts =
        writers.stream().collect(Collectors.toMap(each -> each.identity.instanceId(), Writer::cut));
    snapshots.add(new Snapshot(cuts, new Balances(all)));
    writers.forEach(each -> each.segment++);
    if (random.nextInt(3) == 0) {
      restart(any(writers));
    }
    Snapshot earlier = any(snapshots);
    String object =
        earlier.cuts.entrySet().stream()
            .map(cut -> "\"%s\":%d".formatted(cut.getKey(), cut.getValue()))
            .collect(Collectors.joining(",", "'{", "}'"));
    assertThat(trialBalance(object, "null").texts()).isEqualTo(earlier.balances.texts());
  }

  /** As if another process had taken over the identity: its segments begin again. */
  private void restart(Writer restarted) {
    LedgerIdentity earlier = restarted.identity;
    TestPostgres.execute(
        url,
        "update instances set epoch = epoch + 1 where instance_id = '%s'"
            .formatted(earlier.instanceId()));
    restarted.identity = new LedgerIdentity(earlier.instanceId(), earlier.epoch() + 1);
    restarted.segment = 1;
  }

  private Balances trialBalance(String cuts, String until) {
    Balances balances = new Balances();
    for (List<String> row :
        TestPostgres.query(
            url,
            """
            select account, currency, debit, credit, debit_usd, credit_usd
            from trial_balance(%s, %s)
            """
                .formatted(cuts, until))) {
      balances.add(row.get(0), Currency.getInstance(row.get(1)), posting(row, 2));
    }
    return balances;
  }

  private <T> T any(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  @Override
  public void close() throws SQLException {
    connection.close();
    await(pool.close());
    await(vertx.close());
  }
}
