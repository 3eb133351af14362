package dev.paymeter.gateway.stripe;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Scrape;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Two instances of one ledger, each with its own account at Stripe. */
@ExtendWith(VertxExtension.class)
class StripeAccountsIT {
  private static final String MISSING = "paymeter_missing_account_transfers";
  private static final String DURATION_OF_LOST =
      "select duration_us from payments where order_id = 'lost'";
  private static final int PAYMENTS = 10;

  private final String database = TestPostgres.newDatabase();
  private FakeStripe firstAccount;
  private FakeStripe secondAccount;

  @BeforeEach
  void open(Vertx vertx) {
    firstAccount = new FakeStripe(vertx);
    secondAccount = new FakeStripe(vertx);
    secondAccount.account = "acct_2";
  }

  @AfterEach
  void close() {
    firstAccount.close();
    secondAccount.close();
  }

  private RunningService start(String instance, FakeStripe account) {
    Map<String, String> settings = new HashMap<>();
    settings.put("database.url", database);
    settings.put("instance.id", instance);
    settings.put("gateways.stripe.kind", "stripe");
    settings.put("gateways.stripe.url", account.url().toString());
    settings.put("gateways.stripe.secret-key", FakeStripe.SECRET);
    settings.put("gateways.stripe.timeout", "5s");
    settings.put("gateways.stripe.breaker.minimum-calls", "100");
    settings.put("shutdown.deadline", "10ms");
    return RunningService.start(settings);
  }

  /** Returns when the instance has paid once. */
  private RunningService startAndPay(String instance, FakeStripe account) {
    RunningService service = start(instance, account);
    eventually(() -> assertThat(pay(service, "first").statusCode()).isEqualTo(201));
    return service;
  }

  @Test
  void resolve_otherAccount_isNotAsked() {
    try (RunningService one = startAndPay("one", firstAccount);
        RunningService two = startAndPay("two", secondAccount)) {
      long asked = requestsAboutPayments(secondAccount);
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < PAYMENTS; i++) {
        firstAccount.trouble("/confirm", 0, true, "api_error");
        HttpResponse<String> answer = pay(one, "lost-" + i);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        ids.add(new JsonObject(answer.body()).getString("id"));
      }

      eventually(() -> assertThat(statuses()).containsExactly("success acct_1", "success acct_2"));

      assertThat(firstAccount.chargedPayments()).containsAll(ids);
      assertThat(requestsAboutPayments(secondAccount)).isEqualTo(asked);
      assertThat(secondAccount.intents).hasSize(1);
      assertThat(refund(two, ids.get(0)).statusCode()).isEqualTo(503);
      assertThat(secondAccount.refunds).isEmpty();
      assertThat(refund(one, ids.get(0)).statusCode()).isEqualTo(201);
      assertThat(firstAccount.refunds).hasSize(1);
      assertThat(two.metrics()).doesNotContain("\n" + MISSING + "{");
    }
  }

  @Test
  void resolve_accountThatNoInstanceHas_leavesThePaymentUnchanged() {
    try (RunningService one = startAndPay("one", firstAccount)) {
      firstAccount.hang("/confirm");
      one.payLater(RunningService.order("lost", "12.50"));
      eventually(() -> assertThat(firstAccount.received("/confirm")).isEqualTo(2));
    }

    try (RunningService two = startAndPay("two", secondAccount)) {
      eventually(
          () ->
              assertThat(new Scrape(two.metrics()).sum(MISSING, "account=\"acct_1\""))
                  .isEqualByComparingTo("1"));
      assertThat(statuses()).containsExactly("pending acct_1", "success acct_1", "success acct_2");
      assertThat(secondAccount.intents).hasSize(1);

      firstAccount.recover();
      try (RunningService one = startAndPay("one", firstAccount)) {
        eventually(
            () -> assertThat(statuses()).containsExactly("success acct_1", "success acct_2"));
        eventually(() -> assertThat(two.metrics()).doesNotContain("\n" + MISSING + "{"));
        assertThat(one.metrics()).doesNotContain("\n" + MISSING + "{");
        assertThat(TestPostgres.query(database, DURATION_OF_LOST).get(0))
            .as("the gateway's timeout, although it took longer")
            .containsExactly("5000000");
      }
    }
  }

  /** As while instances are replaced to switch a gateway from the simulator to Stripe, or back. */
  @Test
  void resolve_gatewayIsSimulatedAtAnotherInstance_isNotAsked() {
    String paidAtStripe;
    try (RunningService one = startAndPay("one", firstAccount)) {
      paidAtStripe = new JsonObject(pay(one, "paid").body()).getString("id");
      firstAccount.hang("/confirm");
      one.payLater(RunningService.order("lost", "12.50"));
      eventually(() -> assertThat(firstAccount.received("/confirm")).isEqualTo(3));
    }

    try (RunningService two = startSimulated("two")) {
      HttpResponse<String> simulated = pay(two, "simulated");
      assertThat(simulated.statusCode()).isEqualTo(202);
      String paidAtTheSimulator = new JsonObject(simulated.body()).getString("id");
      eventually(() -> assertThat(status("order_id = 'simulated'")).isEqualTo("success"));
      assertThat(status("order_id = 'lost'")).isIn("pending", "unknown");
      eventually(
          () ->
              assertThat(new Scrape(two.metrics()).sum(MISSING, "account=\"acct_1\""))
                  .isEqualByComparingTo("1"));
      assertThat(refund(two, paidAtStripe).statusCode()).isEqualTo(503);

      firstAccount.recover();
      try (RunningService one = startAndPay("one", firstAccount)) {
        eventually(
            () ->
                assertThat(statuses())
                    .hasSize(2)
                    .contains("success acct_1")
                    .allMatch(each -> each.startsWith("success ")));
        assertThat(refund(one, paidAtTheSimulator).statusCode()).isEqualTo(503);
        assertThat(firstAccount.refunds).isEmpty();
        assertThat(refund(one, paidAtStripe).statusCode()).isEqualTo(201);
      }
    }
  }

  /** Returns an instance with a simulator that carries out payments without a response. */
  private RunningService startSimulated(String instance) {
    return RunningService.start(
        Map.of(
            "database.url",
            database,
            "instance.id",
            instance,
            "gateways.stripe.timeout",
            "100ms",
            "simulator.faults.answer-lost",
            "1"));
  }

  private String status(String condition) {
    return TestPostgres.query(database, "select status from payments where " + condition)
        .get(0)
        .get(0);
  }

  @Test
  void pay_accountNotStated_isNotSubmitted() {
    firstAccount.hang("/account");
    try (RunningService one = start("one", firstAccount)) {
      HttpResponse<String> failed = pay(one, "early");

      assertThat(failed.statusCode()).isEqualTo(502);
      assertThat(new JsonObject(failed.body()).getString("detail"))
          .isEqualTo("The gateway has not stated its account, and was not called");
      assertThat(requestsAboutPayments(firstAccount)).isZero();
      assertThat(TestPostgres.query(database, "select status, account from payments"))
          .extracting(row -> row.get(0))
          .containsExactly("failed");

      firstAccount.recoverWithLoss();
      eventually(() -> assertThat(pay(one, "later").statusCode()).isEqualTo(201));
    }
  }

  private static HttpResponse<String> pay(RunningService service, String order) {
    return service.pay(RunningService.order(order, "12.50"));
  }

  private static HttpResponse<String> refund(RunningService service, String payment) {
    return RunningService.post(
        service.api("/v1/payments/" + payment + "/refunds"), new JsonObject());
  }

  /** Leaves out the list of all payments, which each start reads. */
  private static long requestsAboutPayments(FakeStripe account) {
    return account.requests.stream()
        .filter(request -> !request.endsWith("/account"))
        .filter(request -> !request.equals("GET /v1/payment_intents"))
        .count();
  }

  /** Returns the combinations of status and account of all submitted payments. */
  private List<String> statuses() {
    return TestPostgres.query(
            database,
            "select distinct status, account from payments where account is not null order by 1, 2")
        .stream()
        .map(row -> row.get(0) + " " + row.get(1))
        .toList();
  }
}
