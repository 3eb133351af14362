package dev.paymeter.gateway;

import dev.paymeter.gateway.GatewayContract.Request;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.port.GatewayCapabilities.Feature;
import dev.paymeter.support.payment.TestOrders;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The states to which the responses of a gateway lead. Together, the paths contain each transition
 * of the state machine that a gateway causes, and what follows when a refund fails later: see
 * {@link GatewayPathTest}.
 */
enum GatewayPath {
  CHARGE_APPROVED(Trail::charge, "PENDING SUCCESS"),
  CHARGE_DECLINED(GatewayContract::declined, Trail::charge, "PENDING FAILED"),
  CHARGE_REJECTED_BY_THE_GATEWAY(trail -> trail.rejectCharge().charge(), "PENDING FAILED"),
  CHARGE_RESPONSE_LOST(
      trail -> trail.loseResponse(Request.CHARGE).chargeInVain().inquire(),
      "PENDING UNKNOWN SUCCESS"),
  CHARGE_REQUEST_LOST(
      trail -> trail.loseRequest(Request.CHARGE).chargeInVain().inquire(),
      "PENDING UNKNOWN FAILED"),
  DECLINE_LOST(
      GatewayContract::declined,
      trail -> trail.loseResponse(Request.CHARGE).chargeInVain().inquire(),
      "PENDING UNKNOWN FAILED"),

  AUTHORIZATION_APPROVED(Feature.MANUAL_CAPTURE, Trail::charge, "PENDING AUTHORIZED"),
  AUTHORIZATION_DECLINED(
      Feature.MANUAL_CAPTURE,
      contract -> contract.declined().manual(),
      Trail::charge,
      "PENDING FAILED"),
  AUTHORIZATION_DECLINE_LOST(
      Feature.MANUAL_CAPTURE,
      contract -> contract.declined().manual(),
      trail -> trail.loseResponse(Request.CHARGE).chargeInVain().inquire(),
      "PENDING UNKNOWN FAILED"),
  AUTHORIZATION_RESPONSE_LOST(
      Feature.MANUAL_CAPTURE,
      trail -> trail.loseResponse(Request.CHARGE).chargeInVain().inquire(),
      "PENDING UNKNOWN AUTHORIZED"),
  AUTHORIZATION_REQUEST_LOST(
      Feature.MANUAL_CAPTURE,
      trail -> trail.loseRequest(Request.CHARGE).chargeInVain().inquire(),
      "PENDING UNKNOWN FAILED"),
  AUTHORIZATION_RESPONSE_LOST_AND_EXPIRED(
      Feature.MANUAL_CAPTURE,
      trail -> trail.loseResponse(Request.CHARGE).chargeInVain().expire().inquire(),
      "PENDING UNKNOWN VOIDED"),
  AUTHORIZATION_EXPIRED(
      Feature.MANUAL_CAPTURE,
      trail -> trail.charge().expire().inquire(),
      "PENDING AUTHORIZED VOIDED"),

  CAPTURE_OF_ALL(
      Feature.MANUAL_CAPTURE,
      trail -> trail.charge().capture("12.50"),
      "PENDING AUTHORIZED, PENDING SUCCESS"),
  CAPTURE_OF_A_PART(
      Feature.MANUAL_CAPTURE,
      trail -> trail.charge().capture("5.00"),
      "PENDING AUTHORIZED, PENDING SUCCESS"),
  CAPTURE_OF_MORE(
      Feature.MANUAL_CAPTURE,
      trail -> trail.charge().capture("12.51"),
      "PENDING AUTHORIZED, PENDING AUTHORIZED"),
  CAPTURE_TOO_LATE(
      Feature.MANUAL_CAPTURE,
      trail -> trail.charge().expire().capture("12.50"),
      "PENDING AUTHORIZED, PENDING VOIDED"),
  CAPTURE_RESPONSE_LOST(
      Feature.MANUAL_CAPTURE,
      trail -> trail.charge().loseResponse(Request.CAPTURE).captureInVain("5.00").inquire(),
      "PENDING AUTHORIZED, PENDING UNKNOWN SUCCESS"),
  CAPTURE_REQUEST_LOST_AND_EXPIRED(
      Feature.MANUAL_CAPTURE,
      trail -> trail.charge().loseRequest(Request.CAPTURE).captureInVain("5.00").expire().inquire(),
      "PENDING AUTHORIZED, PENDING UNKNOWN VOIDED"),
  CAPTURE_ELSEWHERE(
      Feature.MANUAL_CAPTURE,
      trail -> trail.charge().captureElsewhere("5.00").inquire(),
      "PENDING AUTHORIZED SUCCESS"),

  VOID(
      Feature.MANUAL_CAPTURE,
      trail -> trail.charge().cancel(),
      "PENDING AUTHORIZED, PENDING VOIDED"),
  VOID_TOO_LATE(
      Feature.MANUAL_CAPTURE,
      trail -> trail.charge().captureElsewhere("5.00").cancel(),
      "PENDING AUTHORIZED, PENDING SUCCESS"),
  VOID_RESPONSE_LOST(
      Feature.MANUAL_CAPTURE,
      trail -> trail.charge().loseResponse(Request.CANCEL).cancelInVain().inquire(),
      "PENDING AUTHORIZED, PENDING UNKNOWN VOIDED"),

  AUTHENTICATION_PASSED(
      Feature.PAYER_ACTION,
      contract -> toBeAuthenticated(contract, true),
      trail -> trail.charge().returnPayer(true).inquire(),
      "PENDING REQUIRES_ACTION SUCCESS"),
  AUTHENTICATION_FAILED(
      Feature.PAYER_ACTION,
      contract -> toBeAuthenticated(contract, false),
      trail -> trail.charge().returnPayer(false).inquire(),
      "PENDING REQUIRES_ACTION FAILED"),
  AUTHENTICATION_RESPONSE_LOST(
      Feature.PAYER_ACTION,
      contract -> toBeAuthenticated(contract, true),
      trail -> trail.loseResponse(Request.CHARGE).chargeInVain().inquire(),
      "PENDING UNKNOWN REQUIRES_ACTION"),
  AUTHENTICATION_NOT_IN_TIME(
      Feature.PAYER_ACTION,
      contract -> toBeAuthenticated(contract, true),
      trail -> trail.charge().expireAction().cancelExpired(),
      "PENDING REQUIRES_ACTION, UNKNOWN FAILED"),
  AUTHENTICATION_NOT_IN_TIME_RESPONSE_LOST(
      Feature.PAYER_ACTION,
      contract -> toBeAuthenticated(contract, true),
      trail ->
          trail
              .charge()
              .expireAction()
              .loseResponse(Request.CANCEL)
              .cancelExpiredInVain()
              .inquire(),
      "PENDING REQUIRES_ACTION, UNKNOWN FAILED"),
  AUTHENTICATION_OF_AN_AUTHORIZATION(
      Feature.PAYER_ACTION,
      contract -> toBeAuthenticated(contract, true).manual(),
      trail -> trail.charge().returnPayer(true).inquire().capture("5.00"),
      "PENDING REQUIRES_ACTION AUTHORIZED, PENDING SUCCESS"),
  AUTHENTICATION_OF_AN_AUTHORIZATION_THAT_EXPIRED(
      Feature.PAYER_ACTION,
      contract -> toBeAuthenticated(contract, true).manual(),
      trail -> trail.charge().returnPayer(true).expire().inquire(),
      "PENDING REQUIRES_ACTION VOIDED"),

  REFUND_OF_ALL(
      trail -> trail.charge().refund("12.50"), "PENDING SUCCESS REFUNDED", "PENDING SUCCESS"),
  REFUND_IN_PARTS(
      trail -> trail.charge().refund("2.50").refund("5.00").refund("5.00"),
      "PENDING SUCCESS PARTIALLY_REFUNDED PARTIALLY_REFUNDED REFUNDED",
      "PENDING SUCCESS, PENDING SUCCESS, PENDING SUCCESS"),
  REFUND_OF_MORE(trail -> trail.charge().refund("12.51"), "PENDING SUCCESS", "PENDING FAILED"),
  REFUND_RESPONSE_LOST(
      trail -> trail.charge().loseResponse(Request.REFUND).refundInVain("2.50").inquireRefund(),
      "PENDING SUCCESS PARTIALLY_REFUNDED",
      "PENDING UNKNOWN SUCCESS"),
  REFUND_REQUEST_LOST(
      trail -> trail.charge().loseRequest(Request.REFUND).refundInVain("2.50").inquireRefundLater(),
      "PENDING SUCCESS",
      "PENDING UNKNOWN FAILED"),
  REFUND_FAILS_LATER(
      GatewayContract::withFailingRefunds,
      trail -> trail.charge().refund("12.50").failRefund(),
      "PENDING SUCCESS REFUNDED SUCCESS",
      "PENDING SUCCESS FAILED"),
  REFUND_OF_A_PART_FAILS_LATER(
      GatewayContract::withFailingRefunds,
      trail -> trail.charge().refund("2.50").failRefund(),
      "PENDING SUCCESS PARTIALLY_REFUNDED SUCCESS",
      "PENDING SUCCESS FAILED"),
  REFUND_FAILS_LATER_AND_IS_MADE_AGAIN(
      GatewayContract::withFailingRefunds,
      trail -> trail.charge().refund("2.50").refund("10.00").failRefund().refund("10.00"),
      "PENDING SUCCESS PARTIALLY_REFUNDED REFUNDED PARTIALLY_REFUNDED REFUNDED",
      "PENDING SUCCESS, PENDING SUCCESS FAILED, PENDING SUCCESS"),
  REFUND_OF_A_CAPTURE(
      Feature.MANUAL_CAPTURE,
      GatewayPath::manual,
      trail -> trail.charge().capture("5.00").refund("5.00"),
      "PENDING AUTHORIZED, PENDING SUCCESS REFUNDED",
      "PENDING SUCCESS");

  private final @Nullable Feature feature;
  private final Function<GatewayContract, TestOrders> order;
  private final Consumer<Trail> steps;
  private final List<List<PaymentStatus>> ofPayment;
  private final List<List<PaymentStatus>> ofRefunds;

  GatewayPath(Consumer<Trail> steps, String ofPayment) {
    this(GatewayContract::order, steps, ofPayment);
  }

  GatewayPath(Consumer<Trail> steps, String ofPayment, String ofRefunds) {
    this(null, GatewayContract::order, steps, ofPayment, ofRefunds);
  }

  GatewayPath(
      Function<GatewayContract, TestOrders> order, Consumer<Trail> steps, String ofPayment) {
    this(order, steps, ofPayment, "");
  }

  GatewayPath(
      Function<GatewayContract, TestOrders> order,
      Consumer<Trail> steps,
      String ofPayment,
      String ofRefunds) {
    this(null, order, steps, ofPayment, ofRefunds);
  }

  /** A path of a payment that is captured manually. */
  GatewayPath(Feature feature, Consumer<Trail> steps, String ofPayment) {
    this(feature, GatewayPath::manual, steps, ofPayment);
  }

  GatewayPath(
      Feature feature,
      Function<GatewayContract, TestOrders> order,
      Consumer<Trail> steps,
      String ofPayment) {
    this(feature, order, steps, ofPayment, "");
  }

  GatewayPath(
      @Nullable Feature feature,
      Function<GatewayContract, TestOrders> order,
      Consumer<Trail> steps,
      String ofPayment,
      String ofRefunds) {
    this.feature = feature;
    this.order = order;
    this.steps = steps;
    this.ofPayment = read(ofPayment);
    this.ofRefunds = read(ofRefunds);
  }

  private static TestOrders manual(GatewayContract contract) {
    return contract.order().manual();
  }

  private static TestOrders toBeAuthenticated(GatewayContract contract, boolean passes) {
    return contract.toBeAuthenticated(passes).returning();
  }

  private static List<List<PaymentStatus>> read(String states) {
    return Stream.of(states.split(", "))
        .filter(each -> !each.isEmpty())
        .map(each -> Stream.of(each.split(" ")).map(PaymentStatus::valueOf).toList())
        .toList();
  }

  /** Returns the feature that the gateway needs; empty if it needs none. */
  Optional<Feature> feature() {
    return Optional.ofNullable(feature);
  }

  /** Returns the states of the payment. A request of a client begins a new list. */
  List<List<PaymentStatus>> ofPayment() {
    return ofPayment;
  }

  /** Returns the states of each refund. */
  List<List<PaymentStatus>> ofRefunds() {
    return ofRefunds;
  }

  /** Carries out the steps at a gateway. */
  Trail follow(GatewayContract contract) {
    Trail trail = new Trail(contract, order.apply(contract));
    steps.accept(trail);
    return trail;
  }
}
