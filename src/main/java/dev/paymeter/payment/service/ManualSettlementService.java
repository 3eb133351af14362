package dev.paymeter.payment.service;

import dev.paymeter.payment.Access;
import dev.paymeter.payment.CaptureMode;
import dev.paymeter.payment.FailureCode;
import dev.paymeter.payment.ManualSettlement;
import dev.paymeter.payment.ManualSettlement.Operator;
import dev.paymeter.payment.ManualSettlement.Proposal;
import dev.paymeter.payment.ManualSettlement.State;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.PaymentIds;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.ManualSettlements;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.query.PaymentPage;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Settles payments whose outcome stays unknown, as operators decide. The gateway is asked before
 * the proposal and before the end; its evidence takes precedence. Every step can be repeated. Safe
 * from any thread.
 *
 * @param rules the conditions of a settlement
 */
public record ManualSettlementService(
    PaymentService paymentService,
    PaymentGateway paymentGateway,
    ManualSettlements manualSettlements,
    Rules rules,
    Clock clock) {
  /** The outcome of a payment that operators have settled as failed. */
  private static final PaymentException FAILED =
      new PaymentGatewayException(
          FailureCode.SETTLED_BY_OPERATORS,
          "The gateway gave no evidence; operators have settled the payment");

  /**
   * The conditions of a settlement.
   *
   * @param keys the number of API keys of different owners that it needs, 1 or 2
   * @param minimumAge how long the outcome must have been unknown
   */
  public record Rules(int keys, Duration minimumAge) {}

  /**
   * The result of a step.
   *
   * @param isNew whether this request has made the proposal
   */
  public record Result(ManualSettlement settlement, boolean isNew) {}

  /**
   * Proposes a settlement. If one key is enough, the payment is settled.
   *
   * @return fails with {@link RequestRejectedException} if the payment does not exist, if its
   *     outcome is not unknown for long enough, if the gateway has evidence, if another settlement
   *     is proposed, if the operator has no key and two are required, or if the ledger is
   *     unavailable
   */
  public Future<Result> propose(Proposal proposal) {
    if (rules.keys() > 1 && proposal.by().keyId() == null) {
      return Future.failedFuture(RequestRejectedException.secondKeyRequired());
    }
    return find(proposal.payment())
        .compose(
            existing -> {
              if (existing.isEmpty() || isOver(existing.get())) {
                return create(proposal);
              }
              return existing.get().proposal().equals(proposal)
                  ? completed(existing.get(), proposal.by())
                      .map(settlement -> new Result(settlement, false))
                  : Future.failedFuture(alreadyProposed(existing.get()));
            });
  }

  private static boolean isOver(ManualSettlement settlement) {
    return settlement.state() == State.WITHDRAWN || settlement.state() == State.SUPERSEDED;
  }

  private static RequestRejectedException alreadyProposed(ManualSettlement existing) {
    return RequestRejectedException.wrongState(
        "Expected a payment without a manual settlement, found one that is %s as %s (%s)."
            .formatted(
                existing.state().label(), existing.proposal().status().label(), existing.id()));
  }

  private Future<Result> create(Proposal proposal) {
    return unknown(proposal.payment())
        .map(this::checkAge)
        .compose(this::askGateway)
        .compose(
            unknown -> {
              UUID id = PaymentIds.next(clock.instant());
              return attempt(() -> manualSettlements.propose(id, proposal));
            })
        .compose(
            isProposed ->
                isProposed
                    ? find(proposal.payment())
                        .compose(found -> completed(found.orElseThrow(), proposal.by()))
                        .map(settlement -> new Result(settlement, true))
                    : propose(proposal)); // Another request was faster.
  }

  /** Settles the payment of a proposal, if no other key is required. */
  private Future<ManualSettlement> completed(ManualSettlement proposed, Operator by) {
    return rules.keys() == 1 && isOpen(proposed)
        ? end(proposed, by)
        : Future.succeededFuture(proposed);
  }

  private static boolean isOpen(ManualSettlement settlement) {
    return settlement.state() == State.PROPOSED || settlement.state() == State.APPROVED;
  }

  private Payment checkAge(Payment unknown) {
    Duration age =
        Duration.between(unknown.unknownOutcome().orElseThrow().since(), clock.instant());
    if (age.compareTo(rules.minimumAge()) < 0) {
      throw RequestRejectedException.wrongState(
          "Expected an outcome that has been unknown for %d s, found %d s."
              .formatted(rules.minimumAge().toSeconds(), age.toSeconds()));
    }
    return unknown;
  }

  /**
   * Approves a settlement, and settles its payment. If the process ended after the approval, any
   * repeated approval continues.
   *
   * @param id the settlement that the operator has seen
   * @return fails with {@link RequestRejectedException} if there is no such settlement, if the key
   *     has a part in the proposal, if the gateway has evidence, or if the ledger is unavailable
   */
  public Future<ManualSettlement> approve(UUID payment, UUID id, Operator by) {
    return find(payment, id)
        .compose(
            found ->
                switch (found.state()) {
                  case SETTLED -> Future.succeededFuture(found);
                  case PROPOSED, APPROVED ->
                      rules.keys() == 1 || found.canBeApprovedBy(by)
                          ? end(found, by)
                          : Future.failedFuture(RequestRejectedException.secondKeyRequired());
                  case SUPERSEDED, WITHDRAWN -> Future.failedFuture(over(found));
                });
  }

  private static RequestRejectedException over(ManualSettlement settlement) {
    return RequestRejectedException.wrongState(
        settlement.state() == State.SUPERSEDED
            ? "The gateway has stated the outcome; its evidence has settled the payment."
            : "Expected a proposed settlement, found one that is %s."
                .formatted(settlement.state().label()));
  }

  /** Ends a settlement. Another approval, or evidence, may end it at the same time. */
  private Future<ManualSettlement> end(ManualSettlement open, Operator by) {
    UUID payment = open.proposal().payment();
    return unknown(payment)
        .compose(this::askGateway)
        .compose(
            unknown ->
                isApproved(open, by)
                    .compose(
                        isApproved ->
                            isApproved ? settle(unknown, open) : Future.succeededFuture(unknown)))
        .compose(written -> find(payment, open.id()))
        .compose(ManualSettlementService::settled)
        .recover(failure -> find(payment, open.id()).compose(now -> ended(now, failure)));
  }

  /** Approves a settlement, and returns whether it is approved and its payment not settled yet. */
  private Future<Boolean> isApproved(ManualSettlement open, Operator by) {
    return open.state() == State.APPROVED
        ? Future.succeededFuture(true)
        : attempt(() -> manualSettlements.approve(open.id(), by))
            .compose(
                isFirst ->
                    isFirst
                        ? Future.succeededFuture(true)
                        : find(open.proposal().payment(), open.id())
                            .map(found -> found.state() == State.APPROVED));
  }

  private Future<Payment> settle(Payment unknown, ManualSettlement approved) {
    return paymentService.settleManually(
        unknown,
        approved.proposal().status() == PaymentStatus.SUCCESS ? null : FAILED,
        approved.id());
  }

  private static Future<ManualSettlement> settled(ManualSettlement settlement) {
    return switch (settlement.state()) {
      case SETTLED -> Future.succeededFuture(settlement);
      case SUPERSEDED, WITHDRAWN -> Future.failedFuture(over(settlement));
      // The outcome is kept in memory until the ledger is available, or another request approves.
      case PROPOSED, APPROVED -> Future.failedFuture(RequestRejectedException.ledgerUnavailable());
    };
  }

  /** Returns a settlement that another request has ended, or fails with the own failure. */
  private static Future<ManualSettlement> ended(ManualSettlement now, Throwable failure) {
    boolean isWrongState =
        failure instanceof RequestRejectedException rejected
            && rejected.reason() == RequestRejectedException.Reason.WRONG_STATE;
    return now.state() == State.SETTLED || (isOver(now) && !isWrongState)
        ? settled(now)
        : Future.failedFuture(failure);
  }

  /**
   * Withdraws a proposed settlement, which any operator may do.
   *
   * @return fails with {@link RequestRejectedException} if there is no such settlement, if it is
   *     approved, or if the ledger is unavailable
   */
  public Future<ManualSettlement> withdraw(UUID payment, UUID id, Operator by) {
    return find(payment, id)
        .compose(found -> attempt(() -> manualSettlements.withdraw(id, by)))
        .compose(isWithdrawn -> find(payment, id))
        .compose(
            found ->
                found.state() == State.WITHDRAWN
                    ? Future.succeededFuture(found)
                    : Future.failedFuture(over(found)));
  }

  /**
   * Returns the settlement of a payment that is not withdrawn, otherwise the last one.
   *
   * @return fails with {@link RequestRejectedException} if there is none, or the ledger is
   *     unavailable
   */
  public Future<ManualSettlement> findOf(UUID payment) {
    return find(payment).map(found -> found.orElseThrow(() -> noSettlement(payment)));
  }

  /** Returns settlements, those that were proposed last first, as {@link PaymentService#list}. */
  public Future<List<ManualSettlement>> list(
      @Nullable State state, PaymentPage.@Nullable Position after, int limit) {
    return attempt(() -> manualSettlements.list(state, after, limit));
  }

  private Future<Optional<ManualSettlement>> find(UUID payment) {
    return attempt(() -> manualSettlements.findOf(payment));
  }

  private Future<ManualSettlement> find(UUID payment, UUID id) {
    return find(payment)
        .map(
            found ->
                found
                    .filter(each -> each.id().equals(id))
                    .orElseThrow(() -> noSettlement(payment)));
  }

  private static RequestRejectedException noSettlement(UUID payment) {
    return RequestRejectedException.notFound(
        "Payment " + payment + " has no such manual settlement.");
  }

  private Future<Payment> unknown(UUID payment) {
    return paymentService
        .find(payment, Access.ALL)
        .map(
            found -> {
              if (found.status() != PaymentStatus.UNKNOWN) {
                throw RequestRejectedException.wrongState(
                    "Expected a payment with an unknown outcome, found %s."
                        .formatted(found.status().label()));
              }
              if (found.isToBeCanceled()) {
                throw RequestRejectedException.wrongState(
                    "Expected a payment without a payer's action, found one that is to be canceled.");
              }
              if (found.order().details().capture() == CaptureMode.MANUAL) {
                throw RequestRejectedException.wrongState(
                    "Expected a payment that is captured at once, found one with a manual capture.");
              }
              return found;
            });
  }

  /**
   * Asks the gateway for the outcome. If no running instance has the payment's account, none can.
   *
   * @return the payment, if there is still no evidence; otherwise fails
   */
  private Future<Payment> askGateway(Payment unknown) {
    String gateway = unknown.order().gateway();
    String account = unknown.account();
    if (account == null || paymentGateway.account(gateway).equals(Optional.of(account))) {
      return inquire(unknown);
    }
    return attempt(() -> manualSettlements.isReachable(gateway, account))
        .compose(
            isReachable ->
                isReachable
                    ? Future.failedFuture(RequestRejectedException.accountElsewhere(gateway))
                    : Future.succeededFuture(unknown));
  }

  private Future<Payment> inquire(Payment unknown) {
    if (isOutcomeKnown(unknown.id())) {
      // Once it is committed, the ledger rejects each further step.
      return paymentService
          .outcomesCommitted(unknown.id())
          .compose(
              isCommitted ->
                  isCommitted
                      ? Future.succeededFuture(unknown)
                      : Future.failedFuture(RequestRejectedException.ledgerUnavailable()));
    }
    return paymentService
        .resolve(unknown)
        .compose(
            resolved -> Future.failedFuture(evidence(resolved)),
            noEvidence ->
                isLedgerUnavailable(noEvidence)
                    ? Futures.rejectWithoutLedger(noEvidence)
                    : Future.succeededFuture(unknown));
  }

  /** Without the ledger, a response may not have been recognized as evidence. */
  private static boolean isLedgerUnavailable(Throwable failure) {
    return failure instanceof LedgerUnavailableException;
  }

  /** An outcome that is not committed yet is evidence, too. */
  private boolean isOutcomeKnown(UUID payment) {
    return paymentService.unwritten().stream().anyMatch(each -> each.id().equals(payment));
  }

  private static RequestRejectedException evidence(Payment resolved) {
    return resolved.status() == PaymentStatus.UNKNOWN
        ? RequestRejectedException.ledgerUnavailable()
        : RequestRejectedException.wrongState(
            "The gateway has stated the outcome: the payment is %s."
                .formatted(resolved.status().label()));
  }

  private static <T> Future<T> attempt(Supplier<Future<T>> step) {
    return Futures.attemptOrReject(step);
  }
}
