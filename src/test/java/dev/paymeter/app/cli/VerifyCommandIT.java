package dev.paymeter.app.cli;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.Main;
import dev.paymeter.support.ledger.LedgerRows;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands {@code verify} and {@code erase} while a service runs that signs its chain. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class VerifyCommandIT {
  /** The keys of RFC 8410, 10.3 and 10.1. */
  private static final String PRIVATE_KEY =
      """
      -----BEGIN PRIVATE KEY-----
      MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
      -----END PRIVATE KEY-----
      """;

  private static final String PUBLIC_KEY =
      """
      -----BEGIN PUBLIC KEY-----
      MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
      -----END PUBLIC KEY-----
      """;

  @TempDir static Path directory;

  private static RunningService service;
  private static Path publicKey;
  private static String payment;

  private record Printed(int exitCode, String out, String errors) {}

  @BeforeAll
  static void pay() throws IOException {
    publicKey = Files.writeString(directory.resolve("public.pem"), PUBLIC_KEY);
    Path privateKey = Files.writeString(directory.resolve("private.pem"), PRIVATE_KEY);
    service = RunningService.start(Map.of("database.signing-key-file", privateKey.toString()));
    payment = id(service.pay(RunningService.order("first", "12.34")).body());
    service.pay(RunningService.order("second", "56.78"));
    new LedgerRows(service.databaseUrl()).awaitClosedSegment(payment);
    eventually(() -> assertThat(signed()).isEqualTo("1"));
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  private static String id(String body) {
    return new JsonObject(body).getString("transaction_id").substring("txn_".length());
  }

  private static String signed() {
    return TestPostgres.query(
            service.databaseUrl(),
            "select count(*) from closed_segments where signature is not null")
        .get(0)
        .get(0);
  }

  private static Printed run(String... command) {
    CommandLine commands = Main.commandLine(Map.of("PAYMETER_DATABASE_URL", service.databaseUrl()));
    StringWriter out = new StringWriter();
    StringWriter errors = new StringWriter();
    commands.setOut(new PrintWriter(out));
    commands.setErr(new PrintWriter(errors));
    return new Printed(commands.execute(command), out.toString(), errors.toString());
  }

  private static Printed verify() {
    return run("verify", "--public-key", publicKey.toString());
  }

  @Test
  @Order(1)
  void verify_rowsAsClosed_succeeds() {
    Printed verified = verify();

    assertThat(verified.exitCode()).as(verified.out()).isZero();
    assertThat(verified.out())
        .contains("2 rows in 1 pages of 1 instances")
        .contains("1 signatures are valid")
        .endsWith("Verified: the rows are those that were closed\n");
  }

  @Test
  @Order(2)
  void erase_user_keepsTheChain() {
    Printed erased = run("erase", "--user", "user");

    assertThat(erased.out()).isEqualTo("Erased the personal values of 2 payments\n");
    assertThat(
            TestPostgres.query(
                service.databaseUrl(), "select distinct user_id, order_id, salt from payments"))
        .hasToString("[[[erased], [erased], null]]");
    assertThat(RunningService.get(service.api("/v1/payments/txn_" + payment)).body())
        .contains("\"user_id\":\"[erased]\"", "\"amount\":\"12.34\"");
    assertThat(verify().exitCode()).isZero();
    assertThat(run("erase", "--user", "user").out())
        .isEqualTo("Erased the personal values of 0 payments\n");
  }

  @Test
  @Order(3)
  void verify_changedRow_isNamed() {
    change("amount = amount + 1");
    Printed verified = verify();
    change("amount = amount - 1");

    assertThat(verified.exitCode()).isEqualTo(3);
    assertThat(verified.out())
        .contains("Different: test-instance, epoch 1, segment ")
        .contains("payment " + payment + " was changed")
        .endsWith("Not verified: 1 differences\n");
    assertThat(verify().exitCode()).isZero();
  }

  private static void change(String assignment) {
    TestPostgres.execute(
        service.databaseUrl(),
        "update payments set %s where id = '%s'".formatted(assignment, payment));
  }

  @Test
  @Order(4)
  void verify_wrongOptions_sayWhatIsExpected() throws IOException {
    Path other = Files.writeString(directory.resolve("other.pem"), "no key");

    assertThat(run("verify", "--public-key", other.toString()))
        .satisfies(
            printed -> {
              assertThat(printed.exitCode()).isEqualTo(2);
              assertThat(printed.errors())
                  .contains("other.pem: expected PEM with BEGIN PUBLIC KEY, found none");
            });
    assertThat(run("verify", "--connections", "0").exitCode()).isEqualTo(2);
    assertThat(run("verify", "--prometheus", "http://127.0.0.1:1").exitCode()).isEqualTo(1);
  }
}
