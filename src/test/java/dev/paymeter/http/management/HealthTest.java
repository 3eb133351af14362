package dev.paymeter.http.management;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import org.junit.jupiter.api.Test;

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

  private String ready() {
    return health.ready().result().json().encode();
  }
}
