package dev.paymeter.http.management;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HealthTest {
  private final Health health = new Health();

  @Test
  void ready_starting_namesTheMissingChecks() {
    assertThat(ready())
        .isEqualTo(
            """
            {"status":"DOWN","checks":[{"name":"started","status":"DOWN"},\
            {"name":"accepting","status":"UP"},{"name":"ledger","status":"DOWN"}]}""");
    assertThat(health.started().up()).isFalse();
    assertThat(health.live().up()).isTrue();
  }

  @Test
  void ready_ledgerReached_isUp() {
    health.markServing(Future::succeededFuture);

    assertThat(ready())
        .isEqualTo(
            """
            {"status":"UP","checks":[{"name":"started","status":"UP"},\
            {"name":"accepting","status":"UP"},{"name":"ledger","status":"UP"}]}""");
    assertThat(health.started().up()).isTrue();
  }

  @Test
  void ready_ledgerUnavailable_isDownWithoutTheCausesText() {
    health.markServing(() -> Future.failedFuture("password authentication failed"));

    assertThat(ready())
        .isEqualTo(
            """
            {"status":"DOWN","checks":[{"name":"started","status":"UP"},\
            {"name":"accepting","status":"UP"},{"name":"ledger","status":"DOWN"}]}""");
    assertThat(health.started().up()).isTrue();
    assertThat(health.live().up()).isTrue();
  }

  @Test
  void ready_ledgerAvailableAgain_isUp() {
    boolean[] away = {true};
    health.markServing(() -> away[0] ? Future.failedFuture("away") : Future.succeededFuture());
    assertThat(ready()).startsWith("{\"status\":\"DOWN\"");

    away[0] = false;

    assertThat(ready()).startsWith("{\"status\":\"UP\"");
  }

  @Test
  void ready_draining_isDown() {
    health.markServing(Future::succeededFuture);
    health.markDraining();

    assertThat(ready())
        .isEqualTo(
            """
            {"status":"DOWN","checks":[{"name":"started","status":"UP"},\
            {"name":"accepting","status":"DOWN"},{"name":"ledger","status":"UP"}]}""");
  }

  /** Regression: a lease that was lost during the start was forgotten at its end. */
  @ParameterizedTest
  @EnumSource(
      value = Health.Phase.class,
      names = {"DRAINING", "SUPERSEDED", "LEDGER_WENT_BACK"})
  void markServing_ending_changesNothing(Health.Phase phase) {
    mark(phase);
    Health.State before = health.state();

    health.markServing(Future::succeededFuture);

    assertThat(health.state()).isSameAs(before);
    assertThat(before.phase()).isEqualTo(phase);
    assertThat(ready()).contains("{\"name\":\"accepting\",\"status\":\"DOWN\"}");
  }

  @ParameterizedTest
  @EnumSource(
      value = Health.Phase.class,
      names = {"SUPERSEDED", "LEDGER_WENT_BACK"})
  void mark_final_isNotReplaced(Health.Phase phase) {
    mark(phase);
    Health.State first = health.state();

    health.markDraining();
    health.markSuperseded();
    health.markLedgerWentBack();

    assertThat(health.state()).isSameAs(first);
  }

  private void mark(Health.Phase phase) {
    switch (phase) {
      case DRAINING -> health.markDraining();
      case SUPERSEDED -> health.markSuperseded();
      case LEDGER_WENT_BACK -> health.markLedgerWentBack();
      default -> throw new IllegalArgumentException(phase.name());
    }
  }

  private String ready() {
    return health.ready().result().json().encode();
  }
}
