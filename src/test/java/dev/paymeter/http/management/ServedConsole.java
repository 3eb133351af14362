package dev.paymeter.http.management;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.service.RunningService;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;

/** The console of a service with payments, of which some fail. */
abstract class ServedConsole extends ConsoleBrowser {
  static RunningService service;

  /**
   * @param more settings besides those of the gateways
   */
  static void serve(int payments, Map<String, String> more) {
    Map<String, String> settings = new HashMap<>(more);
    settings.put("simulator.switchable", "true");
    settings.put("simulator.failure-rate", "0.3");
    service = RunningService.start(settings);
    IntStream.range(0, payments).forEach(ServedConsole::pay);
  }

  @AfterAll
  static void closeService() {
    if (service != null) {
      service.close();
    }
  }

  @BeforeEach
  void open(TestInfo test) {
    browser.consoleWarnings();
    show(service.management("/"), test);
    if (!test.getTags().contains(OPENS_PAGE)) {
      eventually(() -> assertThat(browser.text("#connection")).isEqualTo("Live"));
    }
  }

  static String pay(int number) {
    String orderId = "order_" + number;
    service.pay(
        RunningService.order(orderId, number % 4 == 0 ? "1500.00" : "12.50")
            .put("gateway", number % 2 == 0 ? "stripe" : "paypal"));
    return orderId;
  }
}
