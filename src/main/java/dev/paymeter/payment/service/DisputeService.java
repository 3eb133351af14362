package dev.paymeter.payment.service;

import dev.paymeter.payment.Access;
import dev.paymeter.payment.Dispute;
import dev.paymeter.payment.DisputeEvent;
import dev.paymeter.payment.DisputeStatus;
import dev.paymeter.payment.ExchangeRates;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.port.DisputeLedger;
import dev.paymeter.payment.port.DisputeLedger.Change;
import dev.paymeter.payment.port.Futures;
import dev.paymeter.payment.port.GatewayCapabilities.Feature;
import dev.paymeter.payment.port.GatewayDispute;
import dev.paymeter.payment.port.HintOutcome;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.PaymentStepListener;
import dev.paymeter.payment.port.PaymentStepListener.Step;
import dev.paymeter.payment.port.SupersededException;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Disputes, warnings before them, and reversals. A hint makes the gateway be asked for the dispute;
 * its answer is committed together with its business events, and then counted. Hints that are
 * repeated or arrive in another order change nothing, because the answer is the present state. Safe
 * from any thread.
 */
public final class DisputeService {
  private static final Logger log = LoggerFactory.getLogger(DisputeService.class);

  /** Concurrent hints about one dispute, in all processes, that are written one after the other. */
  private static final int MAX_ATTEMPTS = 5;

  private final DisputeLedger disputeLedger;
  private final PaymentService paymentService;
  private final ImmediateInquiries<Payment> inquiries;
  private final PaymentGateway paymentGateway;
  private final ExchangeRates exchangeRates;
  private final TransferProcessor.Context context;
  private final PaymentStepListener paymentStepListener;

  /** The number of changes for which it is unknown whether they were committed. */
  private final AtomicInteger uncertain = new AtomicInteger();

  public DisputeService(
      DisputeLedger disputeLedger,
      PaymentService paymentService,
      ImmediateInquiries<Payment> inquiries,
      PaymentGateway paymentGateway,
      ExchangeRates exchangeRates,
      TransferProcessor.Context context,
      PaymentStepListener paymentStepListener) {
    this.disputeLedger = disputeLedger;
    this.paymentService = paymentService;
    this.inquiries = inquiries;
    this.paymentGateway = paymentGateway;
    this.exchangeRates = exchangeRates;
    this.context = context;
    this.paymentStepListener = paymentStepListener;
  }

  /**
   * A dispute at its gateway, and its payment.
   *
   * @param stored the dispute in the ledger before the gateway was asked; null if there was none
   * @param attempt counts the evidence that was asked for because of the same hint, from 1
   */
  private record Evidence(
      String gateway,
      GatewayDispute dispute,
      Payment payment,
      @Nullable Dispute stored,
      int attempt) {
    String account() {
      return String.valueOf(payment.account());
    }
  }

  /**
   * Returns the disputes of a payment, in the order of their beginning.
   *
   * @return fails with {@link RequestRejectedException} when the payment does not exist, or not for
   *     the client, or the ledger is unavailable
   */
  public Future<List<Dispute>> list(UUID payment, Access access) {
    return paymentService
        .find(payment, access)
        .compose(found -> Futures.attemptOrReject(() -> disputeLedger.list(payment)));
  }

  /**
   * Asks a gateway for a dispute, and stores and counts its state if that is new.
   *
   * @return fails with {@link RequestRejectedException} if the ledger does not have the payment, or
   *     is unavailable, or if the gateway has given no evidence: the hint is to be repeated
   */
  public Future<HintOutcome> inquire(String gateway, String reference) {
    if (!paymentGateway.capabilities(gateway).features().contains(Feature.DISPUTES)) {
      return Future.succeededFuture(HintOutcome.UNKNOWN_TYPE);
    }
    if (uncertain.get() > 0) { // Bounds the changes in memory by those that were in flight.
      return Future.failedFuture(RequestRejectedException.ledgerUnavailable());
    }
    return inquire(gateway, reference, 1);
  }

  /**
   * Reads the stored state first, and then asks the gateway, whose answer replaces only that state.
   * An answer that was given before another one therefore never replaces it.
   */
  private Future<HintOutcome> inquire(String gateway, String reference, int attempt) {
    String account = String.valueOf(paymentGateway.account(gateway).orElse(null));
    return Futures.attemptOrReject(() -> disputeLedger.find(account, reference))
        .compose(
            stored ->
                Futures.attempt(() -> paymentGateway.dispute(gateway, reference))
                    .recover(failure -> noEvidence(gateway, reference, failure.getMessage()))
                    .compose(stated -> evaluate(gateway, stated, stored.orElse(null), attempt)));
  }

  private Future<HintOutcome> evaluate(
      String gateway, Optional<GatewayDispute> stated, @Nullable Dispute stored, int attempt) {
    return stated.isEmpty()
        ? Future.succeededFuture(HintOutcome.FOREIGN)
        : paymentService
            .find(stated.get().payment(), Access.ALL)
            .compose(
                payment -> evaluate(new Evidence(gateway, stated.get(), payment, stored, attempt)));
  }

  private static <T> Future<T> noEvidence(
      String gateway, String reference, @Nullable String reason) {
    log.atWarn()
        .addKeyValue("gateway", gateway)
        .addKeyValue("dispute", reference)
        .log("No evidence about a dispute; its webhook has to be repeated: {}", reason);
    return Future.failedFuture(RequestRejectedException.noEvidence());
  }

  private Future<HintOutcome> evaluate(Evidence evidence) {
    Payment payment = evidence.payment();
    if (!payment.gatewayKey().id().equals(evidence.dispute().gatewayKey())) {
      return Future.succeededFuture(HintOutcome.FOREIGN);
    }
    if (!payment.order().gateway().equals(evidence.gateway())
        || !paymentGateway
            .account(evidence.gateway())
            .equals(Optional.ofNullable(payment.account()))) {
      return Future.succeededFuture(HintOutcome.OTHER_ACCOUNT);
    }
    if (payment.status().isPaid()) {
      return write(evidence);
    }
    if (payment.status().needsInquiry() || payment.status().isSettled()) {
      inquiries.begin(payment); // It settles the payment, or reports the contradiction.
    }
    return payment.status().isSettled()
        ? Future.succeededFuture(HintOutcome.CONTRADICTING)
        : noEvidence(
            evidence.gateway(),
            evidence.dispute().reference(),
            "the payment is " + payment.status().label());
  }

  private Future<HintOutcome> write(Evidence evidence) {
    GatewayDispute stated = evidence.dispute();
    Optional<Dispute> stored = Optional.ofNullable(evidence.stored());
    Optional<ExchangeRates.Rate> rate = rate(evidence, stored);
    if (rate.isEmpty()) {
      return noEvidence(evidence.gateway(), stated.reference(), "no rate for " + stated.amount());
    }
    Dispute after = after(evidence, stored, rate.get());
    return stored.isPresent() && isSame(stored.get(), after)
        ? Future.succeededFuture(HintOutcome.LATE)
        : write(evidence, stored.map(Dispute::status).orElse(null), after);
  }

  /** The payment's own rate, so that the amounts of both can be compared. */
  private Optional<ExchangeRates.Rate> rate(Evidence evidence, Optional<Dispute> stored) {
    Currency currency = evidence.dispute().amount().currency();
    if (currency.equals(evidence.payment().amount().currency())) {
      return Optional.of(evidence.payment().rate());
    }
    return stored
        .filter(known -> known.amount().currency().equals(currency))
        .map(Dispute::rate)
        .or(() -> exchangeRates.find(currency));
  }

  /** A fee without a rate is stored nevertheless: it must not hold up its dispute. */
  private @Nullable BigDecimal feeUsd(Payment payment, Dispute after) {
    Money fee = after.fee();
    return fee == null
        ? null
        : rate(fee.currency(), payment, after).map(rate -> rate.convert(fee)).orElse(null);
  }

  private Optional<ExchangeRates.Rate> rate(Currency currency, Payment payment, Dispute dispute) {
    if (currency.equals(payment.amount().currency())) {
      return Optional.of(payment.rate());
    }
    return currency.equals(dispute.amount().currency())
        ? Optional.of(dispute.rate())
        : exchangeRates.find(currency);
  }

  private Dispute after(Evidence evidence, Optional<Dispute> stored, ExchangeRates.Rate rate) {
    GatewayDispute stated = evidence.dispute();
    return new Dispute(
        stored.map(Dispute::id).orElseGet(UUID::randomUUID),
        evidence.payment().id(),
        stated.reference(),
        status(stated.status(), stored.map(Dispute::status).orElse(null)),
        stated.reason(),
        stated.amount(),
        rate.convert(stated.amount()),
        rate,
        stated.respondBy(),
        stated.fee(),
        stated.createdAt(),
        now(),
        stored.map(Dispute::version).orElse(0) + 1);
  }

  /** Only what was over when it was first seen is a reversal; it stays one. */
  private static DisputeStatus status(DisputeStatus stated, @Nullable DisputeStatus stored) {
    if (stored == null || stored == stated) {
      return stated;
    }
    if (stored == DisputeStatus.REVERSED && stated == DisputeStatus.LOST) {
      return stored;
    }
    return stated == DisputeStatus.REVERSED ? DisputeStatus.LOST : stated;
  }

  private Instant now() {
    return context.clock().instant().truncatedTo(ChronoUnit.MICROS);
  }

  /** Returns whether only the time and number of the change differ. */
  private static boolean isSame(Dispute stored, Dispute after) {
    return new Dispute(
            after.id(),
            after.payment(),
            after.reference(),
            after.status(),
            after.reason(),
            after.amount(),
            after.amountUsd(),
            after.rate(),
            after.respondBy(),
            after.fee(),
            after.createdAt(),
            stored.changedAt(),
            stored.version())
        .equals(stored);
  }

  private Future<HintOutcome> write(
      Evidence evidence, @Nullable DisputeStatus before, Dispute after) {
    if (before != null && before != after.status() && !before.canBecome(after.status())) {
      return rejected(evidence, before, after.status());
    }
    List<DisputeEvent> events =
        before == after.status() ? List.of() : after.status().eventsAfter(before);
    Change change =
        new Change(
            after,
            evidence.account(),
            events,
            feeUsd(evidence.payment(), after),
            UUID.randomUUID(),
            context.settlementCounter().begin());
    paymentStepListener.done(Step.DISPUTE_STATED);
    return Futures.attempt(() -> disputeLedger.write(change))
        .compose(
            isWritten -> ended(evidence, change, isWritten),
            failure -> failed(evidence, change, failure));
  }

  /** An earlier state may arrive late, in another process; the opposite end must not be missed. */
  private Future<HintOutcome> rejected(
      Evidence evidence, DisputeStatus before, DisputeStatus stated) {
    if (before.isOpen() || stated.isOpen()) {
      describe(log.atWarn(), evidence)
          .log("The dispute is {}: it cannot become {}", before.label(), stated.label());
      return Future.succeededFuture(HintOutcome.LATE);
    }
    context.paymentMetrics().settlementConflict(evidence.gateway());
    describe(log.atError(), evidence)
        .log(
            "The dispute was stored as {}, and its gateway now states {}",
            before.label(),
            stated.label());
    return Future.succeededFuture(HintOutcome.CONTRADICTING);
  }

  private Future<HintOutcome> ended(Evidence evidence, Change change, boolean isWritten) {
    if (isWritten) {
      return count(evidence, change).map(HintOutcome.RECORDED);
    }
    context.settlementCounter().end(change.segment());
    return evidence.attempt() < MAX_ATTEMPTS // Another webhook has changed the dispute.
        ? inquire(evidence.gateway(), change.after().reference(), evidence.attempt() + 1)
        : noEvidence(evidence.gateway(), change.after().reference(), "too many concurrent changes");
  }

  private Future<Void> count(Evidence evidence, Change change) {
    paymentStepListener.done(Step.DISPUTE_STORED);
    return context
        .settlementCounter()
        .count(
            change.segment(),
            List.of(change.receipt()),
            segment -> {
              context.paymentMetrics().disputed(change.inSegment(segment));
              paymentStepListener.done(Step.DISPUTE_COUNTED);
              describe(log.atInfo(), evidence)
                  .log("Dispute is {}", change.after().status().label());
            });
  }

  /** If the commit is uncertain, the change is repeated until it is known, and then counted. */
  private Future<HintOutcome> failed(Evidence evidence, Change change, Throwable failure) {
    if (failure instanceof LedgerUnavailableException) {
      uncertain.incrementAndGet();
      Retry.of(
              context.scheduler(),
              () -> Futures.attempt(() -> disputeLedger.write(change)),
              again -> !(again instanceof LedgerUnavailableException))
          .onFailure(rejected -> abandon(evidence, change, rejected))
          .compose(
              isWritten -> {
                if (isWritten) {
                  return count(evidence, change);
                }
                context.settlementCounter().end(change.segment());
                return Future.succeededFuture();
              })
          .onComplete(known -> uncertain.decrementAndGet());
      return Future.failedFuture(RequestRejectedException.ledgerUnavailable());
    }
    abandon(evidence, change, failure);
    return Future.failedFuture(
        failure instanceof SupersededException
            ? RequestRejectedException.ledgerUnavailable()
            : RequestRejectedException.noEvidence()); // The ledger is available, and rejects it.
  }

  /** The segments of a superseded process stay open: another one audits them. */
  private void abandon(Evidence evidence, Change change, Throwable failure) {
    if (!(failure instanceof SupersededException)) {
      context.settlementCounter().end(change.segment());
    }
    describe(log.atError(), evidence)
        .setCause(failure)
        .log("Dispute cannot be written as {}", change.after().status().label());
  }

  private static LoggingEventBuilder describe(LoggingEventBuilder event, Evidence evidence) {
    return TransferLog.identify(event, evidence.payment())
        .addKeyValue("gateway", evidence.gateway())
        .addKeyValue("dispute", evidence.dispute().reference())
        .addKeyValue("amount", evidence.dispute().amount().toString());
  }

  /** Succeeds when no change is uncertain. */
  public Future<Void> drained() {
    return Futures.until(() -> uncertain.get() == 0, context.scheduler());
  }
}
