package dev.paymeter.payment.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.payment.port.AccountRegistry;
import dev.paymeter.payment.port.GatewayAccount;
import dev.paymeter.payment.port.LedgerUnavailableException;
import dev.paymeter.support.payment.ManualScheduler;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AccountMonitorTest {
  private static final AccountRegistry.MissingAccount MISSING =
      new AccountRegistry.MissingAccount(
          "stripe",
          "acct_1",
          TestOrders.CREATED_AT,
          new AccountRegistry.Total(2, BigDecimal.TEN),
          AccountRegistry.Total.NONE,
          AccountRegistry.Total.NONE);

  private final List<List<GatewayAccount>> registered = new ArrayList<>();
  private final List<List<AccountRegistry.MissingAccount>> shown = new ArrayList<>();
  private final ManualScheduler scheduler = new ManualScheduler();
  private List<GatewayAccount> accounts = List.of();
  private boolean isUnavailable;

  private final class Registry implements AccountRegistry {
    @Override
    public Future<Void> register(List<GatewayAccount> accounts) {
      registered.add(accounts);
      return isUnavailable
          ? Future.failedFuture(new LedgerUnavailableException("away"))
          : Future.succeededFuture();
    }

    @Override
    public Future<Optional<OtherAccount>> otherSimulator() {
      throw new AssertionError("only the start needs it");
    }

    @Override
    public Future<List<MissingAccount>> missing() {
      return Future.succeededFuture(List.of(MISSING));
    }
  }

  @BeforeEach
  void start() {
    AccountMonitor.of(new Registry(), () -> accounts, shown::add, scheduler).start();
  }

  @Test
  void run_registersTheCurrentAccounts_andShowsMissingOnes() {
    scheduler.pass();
    accounts = TestOrders.accounts("stripe");
    scheduler.pass();

    assertThat(registered).containsExactly(List.of(), TestOrders.accounts("stripe"));
    assertThat(shown).containsExactly(List.of(MISSING), List.of(MISSING));
  }

  @Test
  void run_ledgerUnavailable_isRepeated() {
    isUnavailable = true;
    scheduler.pass();
    assertThat(shown).isEmpty();
    isUnavailable = false;
    scheduler.pass();

    assertThat(shown).hasSize(1);
  }
}
