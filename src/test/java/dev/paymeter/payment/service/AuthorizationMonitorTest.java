package dev.paymeter.payment.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.port.PaymentLedger.AuthorizedTotal;
import dev.paymeter.payment.port.PaymentLedger.WaitingTotal;
import dev.paymeter.support.ledger.InMemoryPaymentLedger;
import dev.paymeter.support.payment.ManualScheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AuthorizationMonitorTest {
  private final InMemoryPaymentLedger ledger = new InMemoryPaymentLedger();
  private final ManualScheduler scheduler = new ManualScheduler();
  private final List<List<AuthorizedTotal>> shown = new ArrayList<>();
  private final List<List<WaitingTotal>> waiting = new ArrayList<>();

  /** Past defect: the totals were read for the first time an interval after the start. */
  @Test
  void run_first_isAtOnce() {
    AuthorizationMonitor.of(ledger, shown::add, waiting::add, scheduler).start();
    scheduler.pass();

    assertThat(shown).containsExactly(List.of());
    assertThat(waiting).containsExactly(List.of());
    assertThat(scheduler.requested())
        .containsExactly(Duration.ZERO, AuthorizationMonitor.RUN_INTERVAL);
  }

  @Test
  void run_ledgerUnavailable_showsNothingAndIsRepeated() {
    ledger.becomeUnavailable();
    AuthorizationMonitor.of(ledger, shown::add, waiting::add, scheduler).start();
    scheduler.pass();
    assertThat(shown).isEmpty();
    assertThat(waiting).isEmpty();
    ledger.becomeAvailable();

    scheduler.pass();

    assertThat(shown).containsExactly(List.of());
  }
}
