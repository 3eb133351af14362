package dev.paymeter.resilience;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Payments while proofs read the ledger. */
class SlowProofIT {
  /** Fewer than the proofs. */
  private static final int PAYMENT_CONNECTIONS = 2;

  private static final int PROOFS = 8;

  private static CompletableFuture<HttpResponse<String>> prove(RunningService service) {
    URI uri = service.api("/v1/proof?instance_id=test-instance&cut=4294967297");
    return RunningService.CLIENT.sendAsync(
        HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }

  @Test
  void pay_whileProofsWait_succeeds() throws SQLException {
    try (RunningService service =
            RunningService.start(
                Map.of("database.pool-size", String.valueOf(PAYMENT_CONNECTIONS)));
        Connection other = TestPostgres.connect(service.databaseUrl())) {
      other.setAutoCommit(false);
      // Payments do not need this table.
      other.createStatement().execute("lock table reported_errors in access exclusive mode");
      List<CompletableFuture<HttpResponse<String>>> proofs =
          Stream.generate(() -> prove(service)).limit(PROOFS).toList();
      eventually(
          () ->
              assertThat(TestPostgres.blocked(service.databaseUrl()))
                  .isGreaterThanOrEqualTo(PAYMENT_CONNECTIONS));

      HttpResponse<String> paid = service.pay(RunningService.order("order", "12.34"));

      assertThat(paid.statusCode()).isEqualTo(201);
      assertThat(proofs).as("proofs that have ended").noneMatch(CompletableFuture::isDone);
      other.rollback();
      proofs.forEach(CompletableFuture::join);
    }
  }
}
