package dev.paymeter.support.payment;

import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.Authorization;
import dev.paymeter.payment.CaptureMode;
import dev.paymeter.payment.ExchangeRates;
import dev.paymeter.payment.GatewayKeyFactory;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.NextAction;
import dev.paymeter.payment.OrderDetails;
import dev.paymeter.payment.PayerAction;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentOrder;
import dev.paymeter.payment.PaymentToken;
import dev.paymeter.payment.PaymentTokenFactory;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.ReturnAddress;
import dev.paymeter.payment.Severity;
import dev.paymeter.payment.VoidReason;
import dev.paymeter.payment.port.GatewayAccount;
import dev.paymeter.payment.port.UnresolvedTransfers.Demand;
import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.ErrorReport;
import dev.paymeter.report.EventReport;
import dev.paymeter.report.PaymentReport;
import dev.paymeter.report.RecordedPayment;
import dev.paymeter.report.ReportHandler;
import dev.paymeter.report.ReportedError;
import dev.paymeter.support.ledger.InMemoryPaymentLedger;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A builder of orders and payments for tests, with defaults for all fields. */
public final class TestOrders {
  public static final AllowedValues ALLOWED_VALUES =
      new AllowedValues(
          List.of("basic", "standard", "premium"),
          List.of(
              "credit_card", "debit_card", "paypal", "apple_pay", "google_pay", "bank_transfer"),
          List.of("stripe", "paypal"),
          List.of("USD", "EUR", "GBP", "JPY", "KRW", "KWD"));

  public static final ExchangeRates RATES =
      new ExchangeRates(
          Map.of(
              Currency.getInstance("USD"), rate("1"),
              Currency.getInstance("EUR"), rate("1.0321"),
              Currency.getInstance("GBP"), rate("1.2479"),
              Currency.getInstance("JPY"), rate("0.006357"),
              Currency.getInstance("KRW"), rate("0.000680"),
              Currency.getInstance("KWD"), rate("3.2425"),
              Currency.getInstance("CLF"), rate("40.5")));

  public static final Instant CREATED_AT = Instant.parse("2026-03-04T05:06:07.123456Z");
  public static final Duration DURATION = Duration.ofMillis(250);

  /** The page to which payers return, of a client without an API key. */
  public static final ReturnAddress RETURN = new ReturnAddress("https://shop.test/return", "");

  /** The action of a payer. */
  public static final NextAction ACTION =
      new NextAction(NextAction.Kind.REDIRECT, "https://gateway.test/authenticate");

  /** The duration of authorizations. */
  public static final Duration VALIDITY = Duration.ofDays(7);

  /** Id of the ledger whose charges the gateways record. */
  public static final UUID LEDGER = UUID.fromString("0a1b2c3d-0000-4000-8000-000000000001");

  /** Keys of the instance {@code test-instance}. */
  public static final GatewayKeyFactory GATEWAY_KEYS =
      new GatewayKeyFactory("test-instance", "secret".getBytes(StandardCharsets.UTF_8));

  /** Tokens of the same ledger. */
  public static final PaymentTokenFactory TOKENS =
      new PaymentTokenFactory("secret".getBytes(StandardCharsets.UTF_8));

  private static final Duration UNKNOWN_AFTER = Duration.ofMillis(1500);

  private String orderId = "order_1";
  private String userId = "user_1";
  private Money amount = money("12.50", "USD");
  private String tier = "standard";
  private String method = "credit_card";
  private String gateway = "stripe";
  private @Nullable String merchant;
  private OrderDetails details = OrderDetails.NONE;
  private int segment = 1;
  private Duration duration = DURATION;

  private TestOrders() {}

  /** Returns the account of a gateway of this name, in which all payments of these tests are. */
  public static String account(String gateway) {
    return "account_of_" + gateway;
  }

  /** Returns a demand of the same size for each account. */
  public static List<Demand> demands(int limit, List<GatewayAccount> accounts) {
    return accounts.stream().map(account -> new Demand(account, limit)).toList();
  }

  /** Returns gateways of these names, with their accounts and a timeout of 15 s. */
  public static List<GatewayAccount> accounts(String... gateways) {
    return Stream.of(gateways)
        .map(name -> new GatewayAccount(name, account(name), Duration.ofSeconds(15), true))
        .toList();
  }

  /** Returns an order for 12.50 USD, standard, by credit card, through stripe. */
  public static TestOrders order() {
    return new TestOrders();
  }

  /** Returns a business event in the first segment. */
  public static BusinessEvent event(String publisher, String id, String event, String usd) {
    EventReport report = new EventReport(publisher, id, event, money(usd, "USD"));
    ExchangeRates.Rate rate = rate("1");
    return new BusinessEvent(
        report, event, rate.convert(report.amount()), rate, CREATED_AT, UUID.randomUUID(), 1);
  }

  public static ReportedError error(String publisher, String id, String service, String type) {
    ErrorReport report = new ErrorReport(publisher, id, service, type, Severity.MEDIUM);
    return new ReportedError(report, service, type, CREATED_AT, UUID.randomUUID(), 1);
  }

  public static Money money(String amount, String currency) {
    return Money.of(new BigDecimal(amount), Currency.getInstance(currency));
  }

  public static ExchangeRates.Rate rate(String usd) {
    return new ExchangeRates.Rate(new BigDecimal(usd), LocalDate.of(2025, 1, 2));
  }

  public TestOrders references(String orderId, String userId) {
    this.orderId = orderId;
    this.userId = userId;
    return this;
  }

  public TestOrders of(String amount, String currency) {
    this.amount = money(amount, currency);
    return this;
  }

  public TestOrders tier(String tier) {
    this.tier = tier;
    return this;
  }

  public TestOrders method(String method) {
    this.method = method;
    return this;
  }

  public TestOrders gateway(String gateway) {
    this.gateway = gateway;
    return this;
  }

  /** Sets the merchant of the payment; the default is none. */
  public TestOrders merchant(String merchant) {
    this.merchant = merchant;
    return this;
  }

  public TestOrders details(OrderDetails details) {
    this.details = details;
    return this;
  }

  /** Lets the payment be captured later. */
  public TestOrders manual() {
    details = details.withCapture(CaptureMode.MANUAL);
    return this;
  }

  /** Lets the payer authenticate the payment. */
  public TestOrders returning() {
    details = details.withReturnAddress(RETURN);
    return this;
  }

  /** Returns a payment whose payer has fifteen minutes to act. */
  public Payment requiringAction() {
    return returning()
        .pending()
        .requireAction(new PayerAction(DURATION, CREATED_AT.plusSeconds(900), ACTION));
  }

  /** Returns a payment that is authorized for seven days. */
  public Payment authorized() {
    Payment pending = manual().pending();
    return pending.authorize(
        new Authorization(
            pending.amount(), "auth_1", DURATION, CREATED_AT.plus(VALIDITY), null, null));
  }

  /** Returns an authorized payment, or one with a step, as captured an hour later. */
  public static Payment captured(Payment payment, String amount) {
    return captured(payment, amount, 1);
  }

  public static Payment captured(Payment payment, String amount, int segment) {
    return payment.capture(
        money(amount, payment.amount().currency().getCurrencyCode()),
        payment.authorized().orElseThrow(),
        new Payment.Settlement(DURATION, CREATED_AT.plusSeconds(3600), null, segment));
  }

  /** Returns an authorized payment, or one with a step, as voided an hour later. */
  public static Payment voided(Payment payment, VoidReason reason) {
    return payment.cancel(
        reason,
        payment.authorized().orElseThrow(),
        new Payment.Settlement(DURATION, CREATED_AT.plusSeconds(3600), null, 1));
  }

  /** Sets a payment token. */
  public TestOrders token(String token) {
    return details(new OrderDetails(TOKENS.create(token), null, null, Map.of()));
  }

  /** Sets all details. */
  public TestOrders allDetails() {
    return details(
        new OrderDetails(
            TOKENS.create("pm_card_secret"),
            "cus_1",
            "Two \uD83D\uDC5F & 'socks'",
            Map.of("shop", "north", "order_id", "A-7", "basket.\u00E9", "1, 2")));
  }

  /** Sets the segment of the settlement; the default is 1. */
  public TestOrders segment(int page) {
    this.segment = page;
    return this;
  }

  /** Sets the duration of reported payments; the default is {@link #DURATION}. */
  public TestOrders duration(Duration took) {
    this.duration = took;
    return this;
  }

  public PaymentOrder build() {
    return new PaymentOrder(orderId, userId, amount, tier, method, gateway).withDetails(details);
  }

  public Payment pending() {
    ExchangeRates.Rate rate = RATES.of(amount.currency());
    return new Payment(
            UUID.randomUUID(), build(), rate.convert(amount), rate, CREATED_AT, null, null, null)
        .withAccount(account(gateway))
        .withMerchant(merchant);
  }

  /**
   * Returns a payment whose gateway key has an origin, and is derived from a key if there is one.
   */
  public Payment pending(Optional<IdempotencyKey> key) {
    Payment pending = pending();
    return pending.withGatewayKey(GATEWAY_KEYS.create(pending.id(), key));
  }

  /** Returns the payment as the ledger has it: without the value of its token. */
  public static Payment withoutTokenValue(Payment payment) {
    OrderDetails details = payment.order().details();
    return new Payment(
            payment.id(),
            payment
                .order()
                .withDetails(
                    new OrderDetails(
                        details
                            .paymentToken()
                            .map(token -> PaymentToken.ofHash(token.hash()))
                            .orElse(null),
                        details.customer(),
                        details.description(),
                        details.metadata(),
                        details.capture(),
                        details.returnAddress())),
            payment.amountUsd(),
            payment.rate(),
            payment.createdAt(),
            payment.unknown(),
            payment.settlement(),
            null)
        .withAccount(payment.account())
        .withGatewayKey(payment.gatewayKey())
        .withMerchant(payment.merchant());
  }

  /** Returns the payment as pending. */
  public static Payment pendingOf(Payment payment) {
    return withGateway(payment, payment.order().gateway()).withAccount(payment.account());
  }

  /** Returns the payment as pending at another gateway, in its account. */
  public static Payment withGateway(Payment payment, String gateway) {
    return new Payment(
            payment.id(),
            payment.order().withGateway(gateway),
            payment.amountUsd(),
            payment.rate(),
            payment.createdAt(),
            null,
            null,
            null)
        .withAccount(account(gateway))
        .withGatewayKey(payment.gatewayKey())
        .withMerchant(payment.merchant());
  }

  /** Returns the payment, marked unknown after 1.5 s. */
  public static Payment markedUnknown(Payment pending) {
    return pending.markUnknown(
        new Payment.UnknownOutcome(UNKNOWN_AFTER, CREATED_AT.plus(UNKNOWN_AFTER)));
  }

  /** Returns the payment as a success. */
  public static Payment settled(Payment payment, Duration duration, Instant at) {
    return payment.settle(new Payment.Settlement(duration, at, null, 1));
  }

  public Payment succeeded() {
    return succeededIn(DURATION);
  }

  public Payment succeededIn(Duration took) {
    return pending().settle(new Payment.Settlement(took, CREATED_AT.plus(took), null, segment));
  }

  /** Returns a pending refund of a payment, created a minute later. */
  public static Refund refund(Payment payment, String amount) {
    String currency = payment.amount().currency().getCurrencyCode();
    return Refund.of(payment, money(amount, currency), null, CREATED_AT.plusSeconds(60));
  }

  /** Returns a report of a successful payment, without its time. */
  public PaymentReport reported(String publisher, String id) {
    return reported(publisher, id, null, null);
  }

  public PaymentReport reported(
      String publisher, String id, @Nullable PaymentException error, @Nullable Instant settledAt) {
    return new PaymentReport(publisher, id, build(), duration, error, settledAt);
  }

  /** Returns the ledger's entry of a reported payment, recorded at {@link #CREATED_AT}. */
  public RecordedPayment recorded(
      String publisher, String id, @Nullable PaymentException error, @Nullable Instant settledAt) {
    return ReportHandler.ofPayments(new InMemoryPaymentLedger(), RATES, new NoOpPaymentMetrics())
        .entryFactory()
        .create(reported(publisher, id, error, settledAt), CREATED_AT, UUID.randomUUID(), segment);
  }

  public RecordedPayment recorded(String publisher, String id) {
    return recorded(publisher, id, null, null);
  }

  public Payment failed(PaymentException error) {
    return pending()
        .settle(new Payment.Settlement(DURATION, CREATED_AT.plus(DURATION), error, segment));
  }
}
