package dev.paymeter.resilience;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.proof.ExpositionReader;
import dev.paymeter.metrics.proof.InstanceProof;
import dev.paymeter.metrics.proof.Scrape;
import dev.paymeter.support.ledger.SampleProofs;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * Scrapes while the database keeps a settlement waiting. Regression: the row of the settlement was
 * before the cut of scrapes that lacked it.
 */
class SlowSettlementIT {
  private static Scrape scrape(RunningService service) {
    return Scrape.of(ExpositionReader.read(service.metrics())).get(0);
  }

  /** Returns the number of payments in a scrape. */
  private static double payments(Scrape scrape) {
    return scrape.samples().stream()
        .filter(sample -> sample.name().equals("payment_requests_total"))
        .mapToDouble(sample -> sample.value())
        .sum();
  }

  /** Locks the row of a payment that waits for its gateway. */
  private static boolean lockPending(Connection connection) {
    try (var rows =
        connection
            .createStatement()
            .executeQuery("select id from payments where status = 'pending' for update")) {
      return rows.next();
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void scrapes_whileASettlementWaits_equalTheRowsUpToTheirCuts() throws SQLException {
    try (RunningService service = RunningService.start(Map.of("simulator.time-scale", "3"));
        SampleProofs proofs = new SampleProofs(service.databaseUrl());
        Connection other = TestPostgres.connect(service.databaseUrl())) {
      other.setAutoCommit(false);
      CompletableFuture<HttpResponse<String>> slow =
          service.payLater(RunningService.order("slow", "12.34"));
      eventually(() -> assertThat(lockPending(other)).isTrue());
      assertThat(service.pay(RunningService.order("counted", "5.00")).statusCode()).isEqualTo(201);
      eventually(
          () -> assertThat(TestPostgres.blocked(service.databaseUrl())).isGreaterThanOrEqualTo(1));

      Scrape without = scrape(service);

      assertThat(slow).isNotDone();
      other.rollback();
      assertThat(slow.join().statusCode()).isEqualTo(201);
      Scrape with = scrape(service);
      assertThat(without.isComplete()).isFalse();
      assertThat(with.isComplete()).isTrue();
      assertThat(payments(without)).isEqualTo(1);
      assertThat(payments(with)).isEqualTo(2);
      SampleProofs.assertEqual(proofs.prove(without));
      SampleProofs.assertEqual(proofs.prove(with));
      InstanceProof increase = proofs.prove(without, with);
      SampleProofs.assertEqual(increase);
      eventually(
          () ->
              assertThat(
                      TestPostgres.query(
                          service.databaseUrl(), "select sum(rows) from closed_segments"))
                  .as("compared with the counters, and closed")
                  .containsExactly(List.of("2")));
      assertThat(service.metrics()).doesNotContainPattern("metrics_ledger_drift\\{.*} [1-9]");
    }
  }
}
