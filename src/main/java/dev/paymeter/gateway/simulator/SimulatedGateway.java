package dev.paymeter.gateway.simulator;

import dev.paymeter.payment.Payment;
import dev.paymeter.payment.PaymentException;
import dev.paymeter.payment.PaymentGatewayException;
import dev.paymeter.payment.PaymentValidationException;
import dev.paymeter.payment.Refund;
import dev.paymeter.payment.Transfer;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.PaymentGateway;
import dev.paymeter.payment.port.Scheduler;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;

/**
 * A gateway that moves no money: it answers as a real one would, late and sometimes with a refusal,
 * and on demand misbehaves. It decides on a payment when it receives it, and has that in its
 * journal before it answers. With one seed the nth payment that a gateway of one name receives
 * always draws the same luck, whichever thread sends it; a repeated one gets its first answer
 * again. Safe from any thread.
 */
public final class SimulatedGateway implements PaymentGateway {
  private static final Duration BASE_DELAY = Duration.ofMillis(100);
  private static final double PREMIUM_FACTOR = 0.8;
  private static final double HIGH_VALUE_FACTOR = 1.5;
  private static final double JITTER_SECONDS = 0.3;
  private static final double GATEWAY_SHARE_OF_FAILURES = 0.3;
  private static final String PREMIUM = "premium";

  private static final GatewayResult NOT_REACHED =
      new GatewayResult.NotAsked(new PaymentGatewayException("Connection refused"));
  private static final GatewayResult OVERLOADED =
      new GatewayResult.Refused(new PaymentGatewayException("Gateway overloaded"));

  private static final GatewayResult MORE_THAN_CHARGED =
      new GatewayResult.Refused(
          new PaymentValidationException("More than what is left of the charge"));

  private final Behaviour behaviour;
  private final FaultInjector faultInjector;
  private final RequestBatcher requestBatcher;
  private final Scheduler scheduler;
  private final SeededRandom seededRandom;
  private final SeededRandom luckOfFaults;
  private final PendingResponses pendingResponses = new PendingResponses();
  private final AtomicLong requests = new AtomicLong();

  /**
   * How a simulated gateway behaves when all is well.
   *
   * @param seed of the random source
   * @param timeScale what its delays are multiplied with; 0 answers at once
   * @param failureRate share of payments that fail, 0 to 1
   * @param premiumFailureRate the same for tier premium
   */
  public record Behaviour(
      long seed, double timeScale, double failureRate, double premiumFailureRate) {}

  SimulatedGateway(
      String name,
      Behaviour behaviour,
      FaultInjector faultInjector,
      RequestBatcher requestBatcher,
      Scheduler scheduler) {
    this.behaviour = behaviour;
    this.faultInjector = faultInjector;
    this.requestBatcher = requestBatcher;
    this.scheduler = scheduler;
    this.seededRandom = new SeededRandom(behaviour.seed(), name);
    this.luckOfFaults = new SeededRandom(behaviour.seed(), name + " faults");
  }

  @Override
  public Future<GatewayResult> charge(Payment payment) {
    return send(
        overloaded ->
            receive(payment, number -> overloaded ? OVERLOADED : decide(payment, number)));
  }

  /** Refuses what is more than is left of the charge, and nothing by chance. */
  @Override
  public Future<GatewayResult> refund(Refund refund) {
    return send(
        overloaded -> receive(refund, left -> overloaded ? OVERLOADED : decide(refund, left)));
  }

  /** What arrives at the gateway, however often. */
  @FunctionalInterface
  private interface Errand {
    /**
     * @param overloaded whether the gateway refuses it for that
     */
    Future<GatewayResult> receive(boolean overloaded);
  }

  private Future<GatewayResult> send(Errand errand) {
    SplittableRandom chance = luckOfFaults.of(requests.incrementAndGet());
    Optional<Fault> fault = faultInjector.ofCharge(chance);
    PendingResponses.Slot slot = pendingResponses.await();
    Future<GatewayResult> sent =
        fault.isEmpty()
            ? errand.receive(false).onSuccess(answer -> pendingResponses.deliver(slot, answer))
            : send(errand, slot, fault.get(), chance);
    sent.onFailure(why -> pendingResponses.fail(slot, why));
    return slot.answer();
  }

  /** Misbehaves: puts into the slot what the client sees, if anything. */
  private Future<GatewayResult> send(
      Errand errand, PendingResponses.Slot slot, Fault fault, SplittableRandom chance) {
    return switch (fault) {
      case CONNECTION_REFUSED -> deliver(slot, Future.succeededFuture(NOT_REACHED));
      case REQUEST_LOST -> lose(slot, Future.succeededFuture(NOT_REACHED));
      case REQUEST_LATE -> deliver(slot, late().compose(now -> errand.receive(false)));
      case CONNECTION_BROKEN -> errand.receive(false).compose(answer -> broken());
      case ANSWER_LOST -> lose(slot, errand.receive(false));
      case ANSWER_LATE -> deliver(slot, errand.receive(false).compose(this::late));
      case ANSWER_TWICE -> deliver(slot, deliver(slot, errand.receive(false)).compose(this::late));
      case ANSWERS_SWAPPED -> errand.receive(false).onSuccess(answer -> hold(slot, answer));
      case BROWN_OUT -> deliver(slot, late().compose(now -> errand.receive(chance.nextBoolean())));
      case INQUIRY_BROKEN -> throw new IllegalStateException(fault + " befalls inquiries only");
    };
  }

  /** A payment that it has not received is noted as one that it will never charge. */
  @Override
  public Future<GatewayResult> resolve(Payment payment) {
    return inquire(Request.of(payment, null));
  }

  /** As {@link #resolve}. */
  @Override
  public Future<GatewayResult> resolveRefund(Refund refund) {
    return inquire(Request.of(refund, null));
  }

  private Future<GatewayResult> inquire(Request inquiry) {
    SplittableRandom chance = luckOfFaults.of(requests.incrementAndGet());
    Optional<Fault> fault = faultInjector.ofInquiry(chance);
    if (fault.isEmpty()) {
      return answer(inquiry);
    }
    if (fault.get() == Fault.BROWN_OUT) {
      return late().compose(now -> chance.nextBoolean() ? broken() : answer(inquiry));
    }
    return broken();
  }

  private Future<GatewayResult> answer(Request inquiry) {
    return requestBatcher
        .ask(inquiry)
        .compose(verdict -> wait(scaled(BASE_DELAY.toMillis() / 1e3)).map(verdict.answer()));
  }

  private Future<GatewayResult> receive(Payment payment, LongFunction<GatewayResult> decision) {
    return requestBatcher
        .ask(Request.of(payment, decision))
        .compose(
            verdict -> {
              // A payment that was known has no number: its id does as well.
              long number = verdict.number() == 0 ? payment.id().hashCode() : verdict.number();
              return wait(delay(payment, number)).map(verdict.answer());
            });
  }

  private Future<GatewayResult> receive(Refund refund, LongFunction<GatewayResult> decision) {
    return requestBatcher
        .ask(Request.of(refund, decision))
        .compose(verdict -> wait(delay(refund, refund.id().hashCode())).map(verdict.answer()));
  }

  private static GatewayResult decide(Refund refund, long left) {
    return JournalEntry.Order.of(refund).amount() > left
        ? MORE_THAN_CHARGED
        : JournalEntry.approved(refund.id());
  }

  private GatewayResult decide(Payment payment, long number) {
    SplittableRandom draws = seededRandom.of(number);
    draws.nextDouble(); // The delay's; all three are drawn, whatever they are used for.
    double failure = draws.nextDouble();
    double kind = draws.nextDouble();
    return failure < failureRate(payment)
        ? new GatewayResult.Refused(error(kind))
        : JournalEntry.approved(payment.id());
  }

  private Future<GatewayResult> deliver(PendingResponses.Slot slot, Future<GatewayResult> answer) {
    return answer.onSuccess(arrived -> pendingResponses.deliver(slot, arrived));
  }

  private Future<GatewayResult> lose(PendingResponses.Slot slot, Future<GatewayResult> answer) {
    return answer.onSuccess(lost -> pendingResponses.forget(slot));
  }

  private void hold(PendingResponses.Slot slot, GatewayResult answer) {
    Runnable release = pendingResponses.hold(slot, answer);
    late().onSuccess(now -> release.run());
  }

  private Future<Void> late() {
    return wait(faultInjector.delay());
  }

  private Future<GatewayResult> late(GatewayResult answer) {
    return late().map(answer);
  }

  private static Future<GatewayResult> broken() {
    return Future.failedFuture(new BrokenConnectionException());
  }

  private Future<Void> wait(Duration delay) {
    return delay.toMillis() < 1 ? Future.succeededFuture() : scheduler.pause(delay);
  }

  private Duration delay(Transfer<?> transfer, long number) {
    double factor =
        isPremium(transfer) ? PREMIUM_FACTOR : transfer.isHighValue() ? HIGH_VALUE_FACTOR : 1;
    double jitter = seededRandom.of(number).nextDouble();
    return scaled(BASE_DELAY.toMillis() / 1e3 * factor + JITTER_SECONDS * jitter);
  }

  private Duration scaled(double seconds) {
    return Duration.ofNanos(Math.round(seconds * 1e9 * behaviour.timeScale()));
  }

  private double failureRate(Payment payment) {
    return isPremium(payment) ? behaviour.premiumFailureRate() : behaviour.failureRate();
  }

  private static PaymentException error(double kind) {
    return kind < GATEWAY_SHARE_OF_FAILURES
        ? new PaymentGatewayException("Gateway timeout")
        : new PaymentValidationException("Invalid payment method");
  }

  private static boolean isPremium(Transfer<?> transfer) {
    return transfer.order().tier().equals(PREMIUM);
  }

  /** The switches of its misbehaviour. */
  public FaultInjector faults() {
    return faultInjector;
  }

  /** How many answers came that nobody waited for, or waited for any more. */
  public long unwantedAnswers() {
    return pendingResponses.unwanted();
  }
}
