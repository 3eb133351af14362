package dev.paymeter.http;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Browser;
import dev.paymeter.support.service.RunningService;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of the API's description in a browser without other network access. */
class OpenApiPageIT {
  @TempDir static Path profile;
  static Browser browser;
  static RunningService service;

  @BeforeAll
  static void start() {
    browser = Browser.start(profile);
    service = RunningService.start();
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
    }
    if (service != null) {
      service.close();
    }
  }

  @Test
  void page_showsEveryOperation() {
    long operations =
        RunningService.get(service.api("/openapi.yaml"))
            .body()
            .lines()
            .filter(line -> line.startsWith("      operationId: "))
            .count();

    browser.open(service.api("/docs"));

    eventually(() -> assertThat(browser.findElements(".opblock")).hasSize((int) operations));
    assertThat(browser.text(".info .title")).startsWith("Paymeter");
    assertThat(browser.findElements(".errors-wrapper")).isEmpty();
    browser.saveScreenshot("description");
    browser.findElement("#operations-Payments-createPayment .opblock-summary-control").click();
    eventually(() -> assertThat(browser.findElements(".try-out__btn")).hasSize(1));
    browser.findElement(".try-out__btn").click();
    // A fixed key would be the same for all readers.
    assertThat(
            browser
                .findElement("tr[data-param-name='Idempotency-Key'] input")
                .getDomProperty("value"))
        .isEmpty();
    browser.setScreen(Browser.Screen.PHONE);
    browser.saveScreenshot("description-phone");
    assertThat(browser.consoleWarnings()).isEmpty();
  }
}
