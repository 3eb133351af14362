package dev.paymeter.payment.port;

import static dev.paymeter.report.ReportLedger.Recording.ACCEPTED;
import static dev.paymeter.report.ReportLedger.Recording.CONFLICTING;
import static dev.paymeter.report.ReportLedger.Recording.DUPLICATE;
import static dev.paymeter.support.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.payment.Authorization;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.GatewayKey;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.OrderDetails;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.payment.VoidReason;
import dev.paymeter.payment.query.PaymentFilter;
import dev.paymeter.payment.query.PaymentPage;
import dev.paymeter.payment.query.StatusCounts;
import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.RecordedPayment;
import dev.paymeter.report.ReportLedger;
import dev.paymeter.report.ReportedError;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The contract of all payment ledgers. */
public abstract class PaymentLedgerContract {
  public abstract PaymentLedger ledger();

  public abstract ReportLedger reports();

  @ParameterizedTest
  @CsvSource({
    "1000000.00, USD",
    "0.01, EUR",
    "157, JPY",
    "1.234, KWD",
    "0.0003, CLF",
    "147058823529, KRW"
  })
  void insert_anyCurrency_isFoundUnchanged(String amount, String currency) {
    Payment pending =
        TestOrders.order()
            .of(amount, currency)
            .tier("premium")
            .method("apple_pay")
            .gateway("paypal")
            .pending();

    await(ledger().insert(pending));

    assertThat(await(ledger().find(pending.id()))).contains(pending);
  }

  @ParameterizedTest
  @MethodSource("references")
  void insert_anyReferences_areFoundUnchanged(String reference) {
    Payment pending = TestOrders.order().references(reference, "u" + reference).pending();

    await(ledger().insert(pending));

    assertThat(await(ledger().find(pending.id()))).contains(pending);
  }

  static Stream<String> references() {
    return Stream.of(
        "訂單-42", "a\uD83D\uDCB6b", "e\u0301", " 'quoted'; -- \\ % ", "\u200Fשלום", "x".repeat(255));
  }

  @Test
  void insert_allDetails_areFoundUnchanged() {
    Payment pending = TestOrders.order().allDetails().pending();
    IdempotencyKey key = new IdempotencyKey("", "POST /p", UUID.randomUUID().toString(), "aa");
    Payment keyed = TestOrders.order().allDetails().pending(Optional.of(key));

    await(ledger().insert(pending));
    await(ledger().insert(keyed, key));

    assertThat(await(ledger().find(pending.id()))).contains(pending);
    assertThat(await(ledger().find(keyed.id()))).contains(keyed);
    assertThat(await(ledger().insert(TestOrders.order().pending(), key)).orElseThrow().transfer())
        .contains(keyed);
  }

  /** A batch has payments with and without details. */
  @Test
  void insert_someDetails_areFoundUnchanged() {
    List<Payment> payments = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      TestOrders order = TestOrders.order();
      switch (i % 5) {
        case 0 -> order.token("pm_" + i);
        case 1 -> order.details(new OrderDetails(null, "cus_" + i, null, Map.of()));
        case 2 -> order.details(new OrderDetails(null, null, "\"d\" \\ " + i, Map.of()));
        case 3 -> order.details(new OrderDetails(null, null, null, Map.of("{n}", "'" + i)));
        default -> order.details(OrderDetails.NONE);
      }
      payments.add(order.pending());
    }

    await(Future.all(payments.stream().map(ledger()::insert).toList()));

    for (Payment payment : payments) {
      assertThat(await(ledger().find(payment.id()))).contains(payment);
    }
  }

  private Payment authorized() {
    return authorized(TestOrders.order().of("100.00", "EUR"));
  }

  private Payment authorized(TestOrders order) {
    Payment authorized = order.authorized();
    await(ledger().insert(TestOrders.pendingOf(authorized)));
    return await(ledger().settle(authorized));
  }

  private static Payment capturing(Payment payment, String amount) {
    return payment.requestCapture(UUID.randomUUID(), TestOrders.money(amount, "EUR"));
  }

  private static Optional<IdempotencyKey> newKey() {
    return Optional.of(
        new IdempotencyKey("", "POST /c", UUID.randomUUID().toString(), "fingerprint"));
  }

  private Payment found(Payment payment) {
    return await(ledger().find(payment.id())).orElseThrow();
  }

  @Test
  void settle_authorized_isFoundUnchanged() {
    Payment authorized = authorized();

    assertThat(authorized.status()).isEqualTo(PaymentStatus.AUTHORIZED);
    assertThat(found(authorized)).isEqualTo(authorized);
    assertThat(await(ledger().settle(authorized))).isEqualTo(authorized);
  }

  @Test
  void settle_authorizedAfterItWasUnknown_isFoundUnchanged() {
    Payment authorized = TestOrders.order().authorized();
    Payment pending = TestOrders.pendingOf(authorized);
    await(ledger().insert(pending));
    await(ledger().markUnknown(TestOrders.markedUnknown(pending)));

    await(ledger().settle(authorized));

    assertThat(found(authorized)).isEqualTo(authorized);
  }

  @Test
  void request_capture_isPendingWithItsStep() {
    Payment capturing = capturing(authorized(), "30.50");

    assertThat(await(ledger().request(capturing, Optional.empty()))).isTrue();

    assertThat(found(capturing)).isEqualTo(capturing);
    assertThat(found(capturing).status()).isEqualTo(PaymentStatus.PENDING);
  }

  @Test
  void request_ofWhatIsNotAuthorized_isNotCommitted() {
    Payment capturing = capturing(authorized(), "30.50");
    await(ledger().request(capturing, Optional.empty()));

    assertThat(await(ledger().request(capturing(authorizedOf(capturing), "1.00"), newKey())))
        .isFalse();

    assertThat(found(capturing)).isEqualTo(capturing);
  }

  private static Payment authorizedOf(Payment capturing) {
    return capturing.rejectStep().withoutStep();
  }

  @Test
  void request_withKey_isFoundByIt() {
    Optional<IdempotencyKey> key = newKey();
    Payment capturing = capturing(authorized(), "30.50");
    assertThat(await(ledger().findRecord(key.orElseThrow()))).isEmpty();

    assertThat(await(ledger().request(capturing, key))).isTrue();

    IdempotencyRecord<Payment> inFlight =
        await(ledger().findRecord(key.orElseThrow())).orElseThrow();
    assertThat(inFlight.transfer()).contains(capturing);
    assertThat(inFlight.fingerprint()).isEqualTo("fingerprint");
    assertThat(inFlight.inFlight()).isTrue();
    Payment captured = await(ledger().settle(TestOrders.captured(capturing, "30.50")));
    IdempotencyRecord<Payment> done = await(ledger().findRecord(key.orElseThrow())).orElseThrow();
    assertThat(done.transfer()).contains(captured);
    assertThat(done.inFlight()).isFalse();
    assertThat(await(ledger().request(capturing(authorized(), "1.00"), key)))
        .as("the key is in use")
        .isFalse();
  }

  @Test
  void settle_captured_hasTheCapturedAmount() {
    Payment capturing = capturing(authorized(), "30.50");
    await(ledger().request(capturing, Optional.empty()));
    Payment captured = TestOrders.captured(capturing, "30.50");

    assertThat(await(ledger().settle(captured))).isEqualTo(captured);

    assertThat(found(capturing)).isEqualTo(captured);
    assertThat(captured.amountUsd()).isEqualTo("31.48");
    assertThat(await(ledger().settle(captured))).isEqualTo(captured);
  }

  @Test
  void settle_anotherCapturedAmount_isAConflict() {
    Payment capturing = capturing(authorized(), "30.50");
    await(ledger().settle(TestOrders.captured(capturing, "30.50")));

    assertThatThrownBy(() -> await(ledger().settle(TestOrders.captured(capturing, "30.51"))))
        .isInstanceOf(SettlementConflictException.class);
    assertThatThrownBy(
            () -> await(ledger().settle(TestOrders.voided(capturing, VoidReason.REQUESTED))))
        .isInstanceOf(SettlementConflictException.class);
  }

  @ParameterizedTest
  @EnumSource
  void settle_voided_isFoundUnchanged(VoidReason reason) {
    Payment voiding = authorized().requestVoid(UUID.randomUUID(), VoidReason.REQUESTED);
    await(ledger().request(voiding, Optional.empty()));
    Payment voided = TestOrders.voided(voiding, reason);

    assertThat(await(ledger().settle(voided))).isEqualTo(voided);

    assertThat(found(voiding)).isEqualTo(voided);
    assertThat(found(voiding).status()).isEqualTo(PaymentStatus.VOIDED);
    assertThat(await(ledger().settle(voided))).isEqualTo(voided);
  }

  @Test
  void settle_rejectedStep_isAuthorizedAgainAndItsKeyIsFree() {
    Optional<IdempotencyKey> key = newKey();
    Payment authorized = authorized();
    Payment capturing = capturing(authorized, "30.50");
    await(ledger().request(capturing, key));

    assertThat(await(ledger().settle(capturing.rejectStep()))).isEqualTo(authorized);

    assertThat(found(authorized)).isEqualTo(authorized);
    assertThat(await(ledger().findRecord(key.orElseThrow()))).isEmpty();
    assertThat(await(ledger().request(capturing(authorized, "1.00"), key))).isTrue();
  }

  @Test
  void settle_rejectedStepOfAnEarlierCapture_changesNothing() {
    Payment authorized = authorized();
    Payment first = capturing(authorized, "30.50");
    await(ledger().request(first, Optional.empty()));
    await(ledger().settle(first.rejectStep()));
    Payment second = capturing(authorized, "40.00");
    await(ledger().request(second, Optional.empty()));

    assertThat(await(ledger().settle(first.rejectStep()))).isEqualTo(second);

    assertThat(found(authorized)).isEqualTo(second);
  }

  @Test
  void markUnknown_capture_keepsItsStepAndTheDurationOfTheAuthorization() {
    Payment capturing = capturing(authorized(), "30.50");
    await(ledger().request(capturing, Optional.empty()));
    Payment unknown = TestOrders.markedUnknown(capturing);

    await(ledger().markUnknown(unknown));

    assertThat(found(capturing)).isEqualTo(unknown);
    assertThat(unknown.unknownOutcome().orElseThrow().duration()).isEqualTo(TestOrders.DURATION);
    assertThat(unknown.openStep()).isEqualTo(capturing.openStep());
    Payment captured = TestOrders.captured(unknown, "30.50");
    assertThat(await(ledger().settle(captured))).isEqualTo(captured);
  }

  @Test
  void authorizedByGateway_countsAuthorizedPayments() {
    String gateway = "g" + UUID.randomUUID();
    authorized(TestOrders.order().of("12.50", "USD").gateway(gateway));
    authorized(TestOrders.order().of("7.50", "USD").gateway(gateway));
    Payment capturing =
        authorized(TestOrders.order().of("1.00", "EUR").gateway(gateway))
            .requestVoid(UUID.randomUUID(), VoidReason.REQUESTED);
    await(ledger().request(capturing, Optional.empty()));

    assertThat(await(ledger().authorizedByGateway()))
        .contains(
            new PaymentLedger.AuthorizedTotal(
                gateway,
                2,
                TestOrders.CREATED_AT.plus(TestOrders.VALIDITY),
                new BigDecimal("20.00")));
  }

  private Payment waiting(TestOrders order) {
    Payment waiting = order.requiringAction();
    await(ledger().insert(TestOrders.pendingOf(waiting)));
    return await(ledger().settle(waiting));
  }

  @Test
  void settle_requiresAction_isStoredUntilTheOutcome() {
    Payment waiting = waiting(TestOrders.order());

    assertThat(waiting.status()).isEqualTo(PaymentStatus.REQUIRES_ACTION);
    assertThat(await(ledger().find(waiting.id()))).contains(waiting);
    Payment paid =
        waiting.settle(
            new Payment.Settlement(
                Duration.ofHours(1), TestOrders.CREATED_AT.plusSeconds(60), null, 1));
    assertThat(paid.settled().orElseThrow().duration()).isEqualTo(TestOrders.DURATION);
    assertThat(await(ledger().settle(paid))).isEqualTo(paid);
    assertThat(await(ledger().find(waiting.id()))).contains(paid);
    assertThat(await(ledger().settle(waiting))).as("late").isEqualTo(paid);
  }

  @Test
  void settle_requiresActionAndThenAuthorized_isStored() {
    Payment waiting = waiting(TestOrders.order().manual());
    Payment authorized =
        waiting.authorize(
            new Authorization(
                waiting.amount(),
                "auth_1",
                Duration.ofHours(1),
                TestOrders.CREATED_AT.plus(TestOrders.VALIDITY),
                null,
                null));

    assertThat(await(ledger().settle(authorized))).isEqualTo(authorized);
    assertThat(await(ledger().find(waiting.id()))).contains(authorized);
    assertThat(authorized.authorized().orElseThrow().duration()).isEqualTo(TestOrders.DURATION);
  }

  @Test
  void settle_requiresAction_ofUnknown_isResolved() {
    Payment waiting = TestOrders.order().requiringAction();
    Payment pending = TestOrders.pendingOf(waiting);
    await(ledger().insert(pending));
    Payment unknown = await(ledger().markUnknown(TestOrders.markedUnknown(pending)));
    Payment resolved = unknown.requireAction(waiting.payerAction().orElseThrow());

    assertThat(await(ledger().settle(resolved))).isEqualTo(waiting);
    assertThat(await(ledger().find(waiting.id()))).contains(waiting);
  }

  @Test
  void markUnknown_requiresAction_isNotChanged() {
    Payment waiting = waiting(TestOrders.order());
    Payment late = TestOrders.markedUnknown(TestOrders.pendingOf(waiting));

    assertThat(await(ledger().markUnknown(late))).isEqualTo(waiting);
  }

  @Test
  void waitingByGateway_countsPaymentsThatRequireAnAction() {
    String gateway = "g" + UUID.randomUUID();
    waiting(TestOrders.order().of("12.50", "USD").gateway(gateway));
    waiting(TestOrders.order().of("7.50", "USD").gateway(gateway));

    assertThat(await(ledger().waitingByGateway()))
        .contains(
            new PaymentLedger.WaitingTotal(
                gateway,
                2,
                TestOrders.CREATED_AT,
                TestOrders.CREATED_AT.plusSeconds(900),
                new BigDecimal("20.00")));
  }

  @Test
  void insert_sameIdTwice_fails() {
    Payment pending = TestOrders.order().pending();
    await(ledger().insert(pending));

    assertThatThrownBy(() -> await(ledger().insert(pending))).isNotNull();
  }

  /** Inserts a payment with this time of creation, in microseconds. */
  private Payment inserted(TestOrders order, long micros) {
    Payment pending = order.pending();
    Payment then =
        new Payment(
                pending.id(),
                pending.order(),
                pending.amountUsd(),
                pending.rate(),
                TestOrders.CREATED_AT.plus(micros, ChronoUnit.MICROS),
                null,
                null,
                null)
            .withMerchant(pending.merchant());
    await(ledger().insert(then));
    return then;
  }

  private List<Payment> list(PaymentFilter filter) {
    return await(ledger().list(filter, null, 100));
  }

  /** Applies one condition each to three payments with different gateways and users. */
  @Test
  void list_eachFilter_returnsMatches_newestFirst() {
    String gateway = "g" + UUID.randomUUID();
    String user = UUID.randomUUID().toString();
    String order = UUID.randomUUID().toString();
    Payment one = inserted(TestOrders.order().gateway(gateway).references(order, user), 1);
    Payment two =
        inserted(TestOrders.order().gateway(gateway).references("o", user).tier("premium"), 2);
    Payment three =
        inserted(TestOrders.order().gateway(gateway).references(order, "u"), 3)
            .settle(new Payment.Settlement(TestOrders.DURATION, TestOrders.CREATED_AT, null, 1));
    await(ledger().settle(three));
    Instant second = two.createdAt();

    PaymentFilter all = filter(null, gateway, null, null, null, null, null);
    assertThat(list(all)).containsExactly(three, two, one);
    assertThat(list(filter(PaymentStatus.SUCCESS, gateway, null, null, null, null, null)))
        .containsExactly(three);
    assertThat(list(filter(PaymentStatus.PENDING, gateway, null, null, null, null, null)))
        .containsExactly(two, one);
    assertThat(list(filter(PaymentStatus.FAILED, gateway, null, null, null, null, null))).isEmpty();
    assertThat(list(filter(null, gateway, "premium", null, null, null, null))).containsExactly(two);
    assertThat(list(filter(null, gateway, null, null, null, second, null)))
        .containsExactly(three, two);
    assertThat(list(filter(null, gateway, null, null, null, null, second))).containsExactly(one);
    assertThat(list(filter(null, null, null, order, null, null, null))).containsExactly(three, one);
    assertThat(list(filter(null, null, null, order, user, null, null))).containsExactly(one);
    assertThat(list(filter(null, null, null, null, user, null, null))).containsExactly(two, one);
    assertThat(list(filter(null, gateway, "premium", null, user, second, null)))
        .containsExactly(two);
    assertThat(list(filter(PaymentStatus.SUCCESS, null, "premium", order, null, null, null)))
        .isEmpty();
    assertThat(list(PaymentFilter.ALL)).isNotEmpty();
  }

  /** Other tests use the same ledger. */
  @Test
  void count_eachStatus_isCountedUpToTheMaximum() {
    StatusCounts before = await(ledger().count(1_000_000));
    inserted(TestOrders.order(), 1);
    Payment unknown = inserted(TestOrders.order(), 2);
    await(
        ledger()
            .markUnknown(
                unknown.markUnknown(
                    new Payment.UnknownOutcome(TestOrders.DURATION, TestOrders.CREATED_AT))));
    Payment failed = inserted(TestOrders.order(), 3);
    await(
        ledger()
            .settle(
                failed.settle(
                    new Payment.Settlement(
                        TestOrders.DURATION,
                        TestOrders.CREATED_AT,
                        new PaymentGatewayException("Gateway timeout"),
                        1))));

    StatusCounts after = await(ledger().count(1_000_000));

    assertThat(after)
        .isEqualTo(
            new StatusCounts(
                before.all() + 3,
                before.unknown() + 1,
                before.waiting(),
                before.authorized(),
                before.failed() + 1,
                before.refunded(),
                before.disputed(),
                before.proposed(),
                before.laterEvents()));
    assertThat(await(ledger().count(1)).all()).isEqualTo(1);
  }

  private static PaymentFilter filter(
      @Nullable PaymentStatus status,
      @Nullable String gateway,
      @Nullable String tier,
      @Nullable String order,
      @Nullable String user,
      @Nullable Instant since,
      @Nullable Instant before) {
    return new PaymentFilter(status, gateway, tier, order, user, since, before, null);
  }

  @Test
  void insert_ofMerchant_keepsIt() {
    Payment keyless = TestOrders.order().merchant("acme").pending();
    Payment keyed = TestOrders.order().merchant("acme").pending();

    await(ledger().insert(keyless));
    await(ledger().insert(keyed, key("of-merchant", "aa")));

    for (Payment pending : List.of(keyless, keyed)) {
      Payment settled = TestOrders.settled(pending, TestOrders.DURATION, TestOrders.CREATED_AT);
      assertThat(await(ledger().settle(settled)).merchant()).isEqualTo("acme");
      assertThat(await(ledger().find(pending.id()))).contains(settled);
    }
  }

  @Test
  void settle_manually_keepsTheSettlement_andEvidenceOfTheSameOutcomeChangesNothing() {
    Payment unknown = TestOrders.markedUnknown(inserted(TestOrders.order(), 1));
    await(ledger().markUnknown(unknown));
    Duration duration = unknown.unknownOutcome().orElseThrow().duration();
    Payment manual =
        unknown.settle(
            new Payment.Settlement(duration, TestOrders.CREATED_AT, null, 1, UUID.randomUUID()));
    Payment evidence =
        unknown.settle(new Payment.Settlement(duration, TestOrders.CREATED_AT, null, 1));

    assertThat(await(ledger().settle(manual))).isEqualTo(manual);

    assertThat(await(ledger().settle(evidence))).isEqualTo(manual);
    assertThat(await(ledger().find(unknown.id()))).contains(manual);
  }

  /** Two merchants, and payments of none, have the same references. */
  @Test
  void list_ofMerchant_returnsItsPaymentsOnly() {
    String merchant = "m" + UUID.randomUUID();
    String user = UUID.randomUUID().toString();
    String order = UUID.randomUUID().toString();
    Payment one = inserted(TestOrders.order().references(order, user).merchant(merchant), 1);
    Payment two =
        inserted(TestOrders.order().references("o", user).merchant(merchant).tier("premium"), 2);
    Payment three = inserted(TestOrders.order().references(order, "u").merchant(merchant), 3);
    inserted(TestOrders.order().references(order, user).merchant(merchant + "x"), 1);
    inserted(TestOrders.order().references(order, user).tier("premium"), 2);

    assertThat(list(ofMerchant(merchant, null, null, null))).containsExactly(three, two, one);
    assertThat(list(ofMerchant(merchant, "premium", null, null))).containsExactly(two);
    assertThat(list(ofMerchant(merchant, null, order, null))).containsExactly(three, one);
    assertThat(list(ofMerchant(merchant, null, order, user))).containsExactly(one);
    assertThat(list(ofMerchant(merchant, null, null, user))).containsExactly(two, one);
    assertThat(list(ofMerchant(merchant, "basic", null, user))).isEmpty();
    assertThat(list(ofMerchant("m", null, null, null))).isEmpty();
    assertThat(list(filter(null, null, null, order, user, null, null))).hasSize(3);
    assertThat(partByPart(ofMerchant(merchant, null, null, null), 2))
        .containsExactly(three, two, one);
  }

  private static PaymentFilter ofMerchant(
      String merchant, @Nullable String tier, @Nullable String order, @Nullable String user) {
    return new PaymentFilter(null, null, tier, order, user, null, null, merchant);
  }

  /** Within one microsecond, ids are ordered as unsigned: half of them have the first bit set. */
  @Test
  void list_sameMicrosecondPageByPage_returnsEachOnceByIds() {
    String gateway = "g" + UUID.randomUUID();
    String user = UUID.randomUUID().toString();
    List<Payment> payments = new ArrayList<>();
    for (String tier : List.of("basic", "standard", "premium", "basic", "standard")) {
      payments.add(
          inserted(TestOrders.order().gateway(gateway).references("o", user).tier(tier), 0));
    }
    payments.sort(Comparator.comparing((Payment payment) -> payment.id().toString()).reversed());

    assertThat(partByPart(filter(null, gateway, null, null, null, null, null), 2))
        .containsExactlyElementsOf(payments);
    assertThat(partByPart(filter(null, null, null, null, user, null, null), 1))
        .containsExactlyElementsOf(payments);
  }

  /** Payments that are settled or inserted meanwhile do not move others in the list. */
  @Test
  void list_changesBetweenPages_skipAndRepeatNothing() {
    String gateway = "g" + UUID.randomUUID();
    List<Payment> there = new ArrayList<>();
    for (int micros = 0; micros < 10; micros++) {
      there.add(0, inserted(TestOrders.order().gateway(gateway), micros));
    }
    PaymentFilter filter = filter(null, gateway, null, null, null, null, null);

    List<Payment> first = await(ledger().list(filter, null, 4));
    inserted(TestOrders.order().gateway(gateway), 100);
    Payment late = inserted(TestOrders.order().gateway(gateway), -100);
    await(
        ledger()
            .settle(
                there
                    .get(6)
                    .settle(
                        new Payment.Settlement(
                            TestOrders.DURATION, TestOrders.CREATED_AT, null, 1))));
    List<Payment> rest = await(ledger().list(filter, PaymentPage.Position.of(first.get(3)), 100));

    assertThat(Stream.concat(first.stream(), rest.stream()).map(Payment::id))
        .containsExactlyElementsOf(
            Stream.concat(there.stream(), Stream.of(late)).map(Payment::id).toList());
    assertThat(rest.get(2).status()).isEqualTo(PaymentStatus.SUCCESS);
  }

  protected List<Payment> partByPart(PaymentFilter filter, int limit) {
    List<Payment> all = new ArrayList<>();
    PaymentPage.Position after = null;
    do {
      PaymentPage<Payment> page =
          PaymentPage.of(await(ledger().list(filter, after, limit + 1)), limit);
      all.addAll(page.transfers());
      after = page.next().orElse(null);
    } while (after != null);
    return all;
  }

  @Test
  void record_idOfAnotherPublisherOrAnotherId_isNew() {
    String id = UUID.randomUUID().toString();

    assertThat(record(TestOrders.event("shop", id, "order", "12.34"))).containsExactly(ACCEPTED);
    assertThat(record(TestOrders.event("crm", id, "order", "12.34"))).containsExactly(ACCEPTED);
    assertThat(record(TestOrders.event("shop", id + "'", "order", "1"))).containsExactly(ACCEPTED);
  }

  private List<ReportLedger.Recording> record(BusinessEvent... events) {
    return await(reports().record(List.of(events)));
  }

  /** Regression: the second report was recognised as a repetition of the first one. */
  @Test
  void record_sameIdAgain_isDuplicate() {
    String id = UUID.randomUUID().toString();
    record(TestOrders.event("shop", id, "order", "12.34"));

    assertThat(record(TestOrders.event("shop", id, "order", "12.340"))).containsExactly(DUPLICATE);
  }

  /** Regression: every report under an existing id was taken for a duplicate. */
  @Test
  void record_sameIdWithOtherContent_conflictsAndChangesNothing() {
    String id = UUID.randomUUID().toString();
    record(TestOrders.event("shop", id, "order", "12.34"));

    assertThat(record(TestOrders.event("shop", id, "refund", "12.34")))
        .containsExactly(CONFLICTING);
    assertThat(record(TestOrders.event("shop", id, "order", "12.35"))).containsExactly(CONFLICTING);
    assertThat(record(TestOrders.event("shop", id, "order", "12.34"))).containsExactly(DUPLICATE);
  }

  @Test
  void record_several_haveOutcomesInOrder() {
    String id = UUID.randomUUID().toString();
    record(TestOrders.event("shop", id + "b", "order", "1"));

    assertThat(
            record(
                TestOrders.event("shop", id + "c", "order", "1"),
                TestOrders.event("shop", id + "b", "order", "1"),
                TestOrders.event("shop", id + "a", "order", "1"),
                TestOrders.event("shop", id + "c", "order", "1"),
                TestOrders.event("shop", id + "a", "refund", "1")))
        .containsExactly(ACCEPTED, DUPLICATE, ACCEPTED, DUPLICATE, CONFLICTING);
  }

  /** A statement is repeated after a lost response. Regression: it was taken for a duplicate. */
  @Test
  void record_sameReceiptAgain_isNew() {
    BusinessEvent event = TestOrders.event("shop", UUID.randomUUID().toString(), "order", "12.34");

    assertThat(record(event)).containsExactly(ACCEPTED);
    assertThat(record(event)).containsExactly(ACCEPTED);
  }

  private List<ReportLedger.Recording> record(ReportedError... errors) {
    return await(reports().recordErrors(List.of(errors)));
  }

  @Test
  void recordErrors_several_haveOutcomesInOrder() {
    String id = UUID.randomUUID().toString();
    record(TestOrders.error("shop", id + "b", "checkout", "CartException"));

    assertThat(
            record(
                TestOrders.error("shop", id + "b", "checkout", "CartException"),
                TestOrders.error("shop", id + "a", "checkout", "CartException"),
                TestOrders.error("shop", id + "a", "search", "CartException"),
                TestOrders.error("shop", id + "b", "checkout", "IOException")))
        .containsExactly(DUPLICATE, ACCEPTED, CONFLICTING, CONFLICTING);
    assertThat(record(TestOrders.error("crm", id + "b", "search", "IOException")))
        .containsExactly(ACCEPTED);
  }

  @Test
  void recordErrors_sameReceiptAgain_isNew() {
    ReportedError error = TestOrders.error("shop", UUID.randomUUID().toString(), "search", "Bad");

    assertThat(record(error)).containsExactly(ACCEPTED);
    assertThat(record(error)).containsExactly(ACCEPTED);
  }

  /** An event and an error may have the same name. */
  @Test
  void recordErrors_idOfAnEvent_isNew() {
    String id = UUID.randomUUID().toString();
    record(TestOrders.event("shop", id, "order", "1"));

    assertThat(record(TestOrders.error("shop", id, "checkout", "CartException")))
        .containsExactly(ACCEPTED);
  }

  private List<ReportLedger.Recording> record(RecordedPayment... payments) {
    return await(reports().recordPayments(List.of(payments)));
  }

  @ParameterizedTest
  @MethodSource("outcomes")
  void recordPayments_anyOutcome_isFoundUnchanged(PaymentException error, Instant settledAt) {
    RecordedPayment recorded =
        TestOrders.order()
            .references("訂單-42", " 'quoted'; -- ")
            .of("0.001", "KWD")
            .tier("premium")
            .method("apple_pay")
            .gateway("paypal")
            .segment(3)
            .recorded("shop", UUID.randomUUID().toString(), error, settledAt);

    assertThat(record(recorded)).containsExactly(ACCEPTED);

    Payment found = await(ledger().find(recorded.payment().id())).orElseThrow();
    assertThat(found).isEqualTo(recorded.payment());
    assertThat(found.reportedBy()).contains(new Payment.Source("shop", recorded.report().id()));
  }

  static Stream<Arguments> outcomes() {
    return Stream.of(
        Arguments.of(null, null),
        Arguments.of(null, Instant.parse("2000-01-01T00:00:00Z")),
        Arguments.of(new PaymentGatewayException("Gateway timeout"), TestOrders.CREATED_AT),
        Arguments.of(new PaymentValidationException(FailureCode.EXPIRED_CARD, ""), null));
  }

  @Test
  void recordPayments_several_haveOutcomesInOrder() {
    String id = UUID.randomUUID().toString();
    record(TestOrders.order().recorded("shop", id + "b"));

    assertThat(
            record(
                TestOrders.order().recorded("shop", id + "c"),
                TestOrders.order().recorded("shop", id + "b"),
                TestOrders.order().recorded("shop", id + "a"),
                TestOrders.order().recorded("shop", id + "c"),
                TestOrders.order().of("12.51", "USD").recorded("shop", id + "a")))
        .containsExactly(ACCEPTED, DUPLICATE, ACCEPTED, DUPLICATE, CONFLICTING);
    assertThat(record(TestOrders.order().recorded("crm", id + "b"))).containsExactly(ACCEPTED);
  }

  /** A statement is repeated after a lost response. */
  @Test
  void recordPayments_sameReceiptAgain_isNew() {
    RecordedPayment payment = TestOrders.order().recorded("shop", UUID.randomUUID().toString());

    assertThat(record(payment)).containsExactly(ACCEPTED);
    assertThat(record(payment)).containsExactly(ACCEPTED);
  }

  /** Regression: only the amount was compared. */
  @ParameterizedTest
  @MethodSource("otherReports")
  void recordPayments_sameIdWithOtherContent_conflicts(TestOrders other, PaymentException error) {
    String id = UUID.randomUUID().toString();
    PaymentException first = new PaymentGatewayException("Gateway timeout");
    record(TestOrders.order().recorded("shop", id, first, null));

    assertThat(record(other.recorded("shop", id, error, null))).containsExactly(CONFLICTING);
    assertThat(record(TestOrders.order().recorded("shop", id, first, null)))
        .containsExactly(DUPLICATE);
  }

  static Stream<Arguments> otherReports() {
    PaymentException timeout = new PaymentGatewayException("Gateway timeout");
    return Stream.of(
        Arguments.of(TestOrders.order().references("order_2", "user_1"), timeout),
        Arguments.of(TestOrders.order().references("order_1", "user_2"), timeout),
        Arguments.of(TestOrders.order().of("12.51", "USD"), timeout),
        Arguments.of(TestOrders.order().of("12.50", "EUR"), timeout),
        Arguments.of(TestOrders.order().tier("basic"), timeout),
        Arguments.of(TestOrders.order().method("paypal"), timeout),
        Arguments.of(TestOrders.order().gateway("paypal"), timeout),
        Arguments.of(TestOrders.order().duration(TestOrders.DURATION.plusNanos(1000)), timeout),
        Arguments.of(TestOrders.order(), new PaymentGatewayException("Gateway did not respond")),
        Arguments.of(TestOrders.order(), new PaymentValidationException("Gateway timeout")),
        Arguments.of(
            TestOrders.order(),
            new PaymentGatewayException(FailureCode.GATEWAY_BUSY, "Gateway timeout")),
        Arguments.of(TestOrders.order(), null));
  }

  /** The time is part of a report, and so is its absence. */
  @Test
  void recordPayments_sameIdAtOtherTime_conflicts() {
    String told = UUID.randomUUID().toString();
    String untold = UUID.randomUUID().toString();
    Instant then = Instant.parse("2026-03-01T00:00:00.000001Z");
    record(TestOrders.order().recorded("shop", told, null, then));
    record(TestOrders.order().recorded("shop", untold));

    assertThat(record(TestOrders.order().recorded("shop", told, null, then)))
        .containsExactly(DUPLICATE);
    assertThat(record(TestOrders.order().recorded("shop", told, null, then.plusNanos(1000))))
        .containsExactly(CONFLICTING);
    assertThat(record(TestOrders.order().recorded("shop", told))).containsExactly(CONFLICTING);
    assertThat(record(TestOrders.order().recorded("shop", untold, null, then)))
        .containsExactly(CONFLICTING);
  }

  @ParameterizedTest
  @MethodSource("settledPayments")
  void settle_pending_isFoundUnchanged(Payment settled) {
    await(ledger().insert(TestOrders.pendingOf(settled)));

    await(ledger().settle(settled));

    assertThat(await(ledger().find(settled.id()))).contains(settled);
  }

  static Stream<Payment> settledPayments() {
    return Stream.of(
        TestOrders.order().succeeded(),
        TestOrders.order().succeededIn(Duration.ZERO),
        TestOrders.order().succeededIn(Duration.ofNanos(1_000)),
        TestOrders.order().succeededIn(Duration.ofDays(40).plusNanos(123_456_000)),
        TestOrders.order().of("0.001", "KWD").succeeded(),
        TestOrders.order().failed(new PaymentGatewayException("Gateway timeout")),
        TestOrders.order().failed(new PaymentValidationException("ungültig \uD83D\uDCB6")),
        TestOrders.order()
            .failed(new PaymentValidationException(FailureCode.INSUFFICIENT_FUNDS, "")));
  }

  @Test
  void settle_sameTwice_isAccepted() {
    Payment settled = TestOrders.order().failed(new PaymentGatewayException("Gateway timeout"));
    await(ledger().insert(TestOrders.pendingOf(settled)));
    await(ledger().settle(settled));

    await(ledger().settle(settled));

    assertThat(await(ledger().find(settled.id()))).contains(settled);
  }

  @Test
  void settle_otherOutcome_failsAndChangesNothing() {
    Payment settled = TestOrders.order().succeeded();
    await(ledger().insert(TestOrders.pendingOf(settled)));
    await(ledger().settle(settled));
    Payment otherwise =
        TestOrders.pendingOf(settled)
            .settle(
                new Payment.Settlement(
                    TestOrders.DURATION,
                    Instant.EPOCH,
                    new PaymentGatewayException("Gateway timeout"),
                    1));

    assertThatThrownBy(() -> await(ledger().settle(otherwise)))
        .isInstanceOf(SettlementConflictException.class);

    assertThat(await(ledger().find(settled.id()))).contains(settled);
  }

  @Test
  void settle_failedForAnotherReason_isAsStored() {
    Payment settled = TestOrders.order().failed(new PaymentGatewayException("Gateway timeout"));
    await(ledger().insert(TestOrders.pendingOf(settled)));
    await(ledger().settle(settled));
    Payment otherwise =
        TestOrders.pendingOf(settled)
            .settle(
                new Payment.Settlement(
                    TestOrders.DURATION, Instant.EPOCH, new PaymentGatewayException("Other"), 1));

    assertThat(await(ledger().settle(otherwise))).isEqualTo(settled);
  }

  @Test
  void insert_newKey_inserts() {
    Payment pending = TestOrders.order().pending();

    assertThat(await(ledger().insert(pending, key("new", "aa")))).isEmpty();
    assertThat(await(ledger().find(pending.id()))).contains(pending);
  }

  @Test
  void insert_existingKey_returnsTheRecord() {
    Payment first = TestOrders.order().pending();
    Payment second = TestOrders.order().pending();
    await(ledger().insert(first, key("known", "aa")));

    assertThat(await(ledger().insert(second, key("known", "bb"))))
        .contains(new IdempotencyRecord<>(Optional.of(first), "aa", true));
    assertThat(await(ledger().find(second.id()))).isEmpty();
  }

  @Test
  void insert_keyOfSettledPayment_isNotInFlight() {
    Payment settled = TestOrders.order().succeeded();
    await(ledger().insert(TestOrders.pendingOf(settled), key("ended", "aa")));
    await(ledger().settle(settled));

    assertThat(await(ledger().insert(TestOrders.order().pending(), key("ended", "aa"))))
        .contains(new IdempotencyRecord<>(Optional.of(settled), "aa", false));
  }

  @Test
  void insert_withKey_keepsTheGatewayKey() {
    IdempotencyKey key = key("derived", "aa");
    Payment pending = TestOrders.order().pending(Optional.of(key));
    await(ledger().insert(pending, key));

    Payment found = await(ledger().find(pending.id())).orElseThrow();

    assertThat(found).isEqualTo(pending);
    assertThat(found.gatewayKey()).isNotEqualTo(GatewayKey.of(pending.id()));
    Payment settled = TestOrders.settled(pending, TestOrders.DURATION, TestOrders.CREATED_AT);
    assertThat(await(ledger().settle(settled))).isEqualTo(settled);
    assertThat(await(ledger().find(pending.id()))).contains(settled);
  }

  @Test
  void insert_sameKeyOfOtherOwnerOrRoute_inserts() {
    await(ledger().insert(TestOrders.order().pending(), new IdempotencyKey("a", "r", "k", "aa")));

    for (IdempotencyKey other :
        List.of(new IdempotencyKey("b", "r", "k", "aa"), new IdempotencyKey("a", "s", "k", "aa"))) {
      assertThat(await(ledger().insert(TestOrders.order().pending(), other))).isEmpty();
    }
  }

  private static IdempotencyKey key(String key, String fingerprint) {
    return new IdempotencyKey("shop", "POST /v1/payments", key, fingerprint);
  }

  @Test
  void markUnknown_pending_isUnknown() {
    Payment unknown = TestOrders.markedUnknown(TestOrders.order().pending());
    await(ledger().insert(TestOrders.pendingOf(unknown)));

    assertThat(await(ledger().markUnknown(unknown))).isEqualTo(unknown);
    assertThat(await(ledger().markUnknown(unknown))).as("again").isEqualTo(unknown);
    assertThat(await(ledger().find(unknown.id()))).contains(unknown);
  }

  @Test
  void reroute_pending_changesTheGateway_once() {
    Payment pending = TestOrders.order().gateway("stripe").pending();
    Payment elsewhere = TestOrders.withGateway(pending, "paypal");
    await(ledger().insert(pending));

    assertThat(await(ledger().reroute(elsewhere, "stripe"))).isTrue();
    assertThat(await(ledger().find(pending.id()))).contains(elsewhere);
    assertThat(await(ledger().reroute(TestOrders.withGateway(pending, "third"), "stripe")))
        .isFalse();
    assertThat(await(ledger().find(pending.id()))).contains(elsewhere);
  }

  @Test
  void reroute_unknown_changesNothing() {
    Payment unknown = TestOrders.markedUnknown(TestOrders.order().gateway("stripe").pending());
    await(ledger().insert(TestOrders.pendingOf(unknown)));
    await(ledger().markUnknown(unknown));

    assertThat(await(ledger().reroute(TestOrders.withGateway(unknown, "paypal"), "stripe")))
        .isFalse();
    assertThat(await(ledger().find(unknown.id()))).contains(unknown);
  }

  /** A known outcome is never replaced by an unknown one. */
  @Test
  void markUnknown_settled_changesNothing() {
    Payment settled = TestOrders.order().succeeded();
    await(ledger().insert(TestOrders.pendingOf(settled)));
    await(ledger().settle(settled));

    assertThat(await(ledger().markUnknown(TestOrders.markedUnknown(TestOrders.pendingOf(settled)))))
        .isEqualTo(settled);
    assertThat(await(ledger().find(settled.id()))).contains(settled);
  }

  @Test
  void markUnknown_absent_fails() {
    Future<Payment> doubt =
        ledger().markUnknown(TestOrders.markedUnknown(TestOrders.order().pending()));

    assertThatThrownBy(() -> await(doubt)).isInstanceOf(SettlementConflictException.class);
  }

  @Test
  void settle_unknown_keepsTheUnknownOutcome() {
    Payment unknown = TestOrders.markedUnknown(TestOrders.order().pending());
    await(ledger().insert(TestOrders.pendingOf(unknown)));
    await(ledger().markUnknown(unknown));
    Payment settled =
        TestOrders.settled(unknown, Duration.ofMillis(1500), TestOrders.CREATED_AT.plusSeconds(60));

    assertThat(await(ledger().settle(settled))).isEqualTo(settled);
    assertThat(await(ledger().find(settled.id()))).contains(settled);
  }

  /** The first process gets the gateway's response after another one has marked it unknown. */
  @Test
  void settle_unknownOfOtherProcess_returnsSinceWhen() {
    Payment settled = TestOrders.order().succeeded();
    Payment unknown = TestOrders.markedUnknown(TestOrders.pendingOf(settled));
    await(ledger().insert(TestOrders.pendingOf(settled)));
    await(ledger().markUnknown(unknown));

    Payment stands = await(ledger().settle(settled));

    assertThat(stands)
        .isEqualTo(settled.withUnknownSince(unknown.unknownOutcome().orElseThrow().since()));
    assertThat(await(ledger().find(settled.id()))).contains(stands);
  }

  @Test
  void settle_sameOutcomeAsOtherProcess_returnsStored() {
    Payment settled = TestOrders.order().succeeded();
    await(ledger().insert(TestOrders.pendingOf(settled)));
    await(ledger().settle(settled));
    Payment later =
        TestOrders.settled(
            TestOrders.pendingOf(settled),
            Duration.ofSeconds(9),
            TestOrders.CREATED_AT.plusSeconds(9));

    assertThat(await(ledger().settle(later))).isEqualTo(settled);
  }

  @Test
  void settle_unknownPayment_fails() {
    Payment settled = TestOrders.order().succeeded();

    assertThatThrownBy(() -> await(ledger().settle(settled)))
        .isInstanceOf(SettlementConflictException.class);

    assertThat(await(ledger().find(settled.id()))).isEmpty();
  }

  @Test
  void find_absent_isEmpty() {
    assertThat(await(ledger().find(UUID.randomUUID()))).isEmpty();
  }

  @Test
  void check_writable_succeeds() {
    await(ledger().check());
  }
}
