package dev.paymeter.http.management;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.TestServer;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.RunningService;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The instances of a cluster, side by side. */
class ConsoleInstancesIT extends StagedConsole {
  /** The service responds with two instances, of which the second has samples of another form. */
  private static final String MEMBERS =
      """
      const send = window.fetch;
      window.members = {payments: 2, usd: "3000.75", data: [
        {instance: "member-0", state: {payments: 1, usd: "1000.50", metrics_ledger_drift: 0, point: {
          payments_per_second: 1, payment_success_rate: 98, avg_response_time_by_gateway: {},
          error_rate_by_severity: {high: 0}, db_connection_usage: [], avg_cpu_usage: 5}}},
        {instance: "member-1", state: {point: {}}}]};
      window.fetch = (path, options) => String(path) !== "v1/instances"
        ? send(path, options)
        : Promise.resolve(Response.json(window.members, {status: window.members.status || 200}));
      """;

  @Test
  void instances_ofACluster_areShownSideBySide_andOneThatLeaves() {
    assertThat(browser.findElement("#instances").isDisplayed()).as("without a cluster").isFalse();
    String database = TestPostgres.newDatabase();
    List<String> ports =
        List.of(String.valueOf(TestServer.freePort()), String.valueOf(TestServer.freePort()));
    try (RunningService first = member("member-0", ports, database)) {
      try (RunningService second =
          member("member-1", List.of(ports.get(1), ports.get(0)), database)) {
        first.pay(RunningService.order("o", "1000.50"));
        second.pay(RunningService.order("o", "2000.00"));
        second.pay(RunningService.order("o", "0.25"));
        browser.open(first.management("/"));
        eventually(
            () ->
                assertThat(browser.text("#instances-note"))
                    .isEqualTo(
                        "All 2 instances respond. Together they have counted 3 payments,"
                            + " 3,000.75 USD."));
        assertThat(browser.texts("#instances-rows tr"))
            .extracting(row -> row.replaceAll("\\s+", " "))
            .satisfiesExactly(
                row -> assertThat(row).startsWith("member-0 ").endsWith(" 1 1,000.50"),
                row -> assertThat(row).startsWith("member-1 ").endsWith(" 2 2,000.25"));
        assertThat(browser.accessibilityViolations()).isEmpty();
        browser.saveScreenshot("instances");
      }
      eventually(
          () ->
              assertThat(browser.text("#instances-rows tr.absent"))
                  .matches("(?s)member-1\\s+✕ left the cluster before \\d\\d:\\d\\d:\\d\\d"));
      assertThat(browser.text("#instances-note")).isEqualTo("Without a response: member-1.");
    }
  }

  /**
   * @param ports that of the member, and that of the other one
   */
  private static RunningService member(String id, List<String> ports, String database) {
    return RunningService.start(
        Map.of(
            "database.url",
            database,
            "instance.id",
            id,
            "cluster.enabled",
            "true",
            "cluster.name",
            "console-it",
            "cluster.port",
            ports.get(0),
            "cluster.bus-port",
            String.valueOf(TestServer.freePort()),
            "cluster.members",
            "127.0.0.1:" + ports.get(0) + ",127.0.0.1:" + ports.get(1)));
  }

  @Test
  @Tag(OPENS_PAGE)
  void instances_ofAnotherVersion_hideNoOther() {
    browser.open(stage.page(), MEMBERS);

    eventually(
        () ->
            assertThat(browser.texts("#instances-rows tr"))
                .extracting(row -> row.replaceAll("\\s+", " "))
                .satisfiesExactly(
                    row -> assertThat(row).startsWith("member-0 ").endsWith(" 1 1,000.50"),
                    row -> assertThat(row).startsWith("member-1 another version")));
    assertThat(browser.accessibilityViolations()).isEmpty();
  }

  @Test
  @Tag(OPENS_PAGE)
  void instances_notLive_areGrey() {
    browser.open(stage.page(), MEMBERS);
    eventually(() -> assertThat(browser.text("#instances-rows")).contains("1,000.50"));
    page.awaitEqual();
    assertThat(page.isGrey("#instances-rows td")).isFalse();

    browser.findElement("#pause").click();
    eventually(() -> assertThat(browser.text("#instances .age")).contains("old"));
    assertThat(page.isGrey("#instances-rows td")).isTrue();
    browser.findElement("#pause").click();
    browser.run("window.members = {status: 503, detail: 'Not possible.'}");

    eventually(
        () ->
            assertThat(browser.text("#instances-note"))
                .matches("Not possible. The rows are those of \\d\\d:\\d\\d:\\d\\d."));
    assertThat(page.isGrey("#instances-rows td")).isTrue();
    assertThat(browser.findElement("#instances-note").getAttribute("class")).isEqualTo("fault");
  }
}
