package dev.paymeter.gateway;

import static dev.paymeter.payment.PaymentStatus.AUTHORIZED;
import static dev.paymeter.payment.PaymentStatus.FAILED;
import static dev.paymeter.payment.PaymentStatus.PARTIALLY_REFUNDED;
import static dev.paymeter.payment.PaymentStatus.PENDING;
import static dev.paymeter.payment.PaymentStatus.REFUNDED;
import static dev.paymeter.payment.PaymentStatus.REQUIRES_ACTION;
import static dev.paymeter.payment.PaymentStatus.SUCCESS;
import static dev.paymeter.payment.PaymentStatus.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.PaymentStatus;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Compares the paths of the gateways' contract with the state machine. */
class GatewayPathTest {
  /** The transitions that no response causes, with their causes. */
  private static final Map<Transition, String> WITHOUT_RESPONSE =
      Map.of(
          new Transition(AUTHORIZED, PENDING), "a client requests a capture or a void",
          new Transition(AUTHORIZED, UNKNOWN), "the time of the authorization has passed",
          new Transition(REQUIRES_ACTION, UNKNOWN), "the time of the payer has passed");

  /** A payment's changes when a refund fails later. The ledger stores the payment as a success. */
  private static final Set<Transition> AFTER_A_LATER_FAILURE =
      Set.of(
          new Transition(PARTIALLY_REFUNDED, SUCCESS),
          new Transition(REFUNDED, PARTIALLY_REFUNDED),
          new Transition(REFUNDED, SUCCESS));

  /** See {@link dev.paymeter.payment.Refund#failLater}. */
  private static final Transition LATER_FAILURE = new Transition(SUCCESS, FAILED);

  private static final Set<PaymentStatus> OF_REFUNDS = Set.of(PENDING, UNKNOWN, SUCCESS, FAILED);

  private record Transition(PaymentStatus from, PaymentStatus to) {}

  private static Set<Transition> table(Collection<PaymentStatus> states) {
    return states.stream()
        .flatMap(
            from -> states.stream().filter(from::canBecome).map(to -> new Transition(from, to)))
        .collect(Collectors.toSet());
  }

  private static Set<Transition> covered(Function<GatewayPath, List<List<PaymentStatus>>> of) {
    return Stream.of(GatewayPath.values())
        .flatMap(path -> of.apply(path).stream())
        .flatMap(
            states ->
                IntStream.range(1, states.size())
                    .mapToObj(i -> new Transition(states.get(i - 1), states.get(i))))
        .collect(Collectors.toSet());
  }

  private static Set<Transition> union(Set<Transition> one, Set<Transition> other) {
    Set<Transition> union = new HashSet<>(one);
    union.addAll(other);
    return union;
  }

  @Test
  void ofPayment_allPaths_haveAllTransitionsOfResponses() {
    Set<Transition> covered = covered(GatewayPath::ofPayment);

    assertThat(covered).doesNotContainAnyElementsOf(WITHOUT_RESPONSE.keySet());
    Set<Transition> all = union(covered, WITHOUT_RESPONSE.keySet());
    // Those of disputes follow from DisputeStatus, not from a response.
    assertThat(all)
        .isEqualTo(
            union(
                table(
                    Stream.of(PaymentStatus.values())
                        .filter(status -> !status.isOfDispute())
                        .toList()),
                AFTER_A_LATER_FAILURE));
  }

  @Test
  void ofRefunds_allPaths_haveAllTransitions() {
    assertThat(covered(GatewayPath::ofRefunds))
        .isEqualTo(union(table(OF_REFUNDS), Set.of(LATER_FAILURE)));
  }
}
