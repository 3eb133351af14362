package dev.paymeter.http.management;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/** The samples of the console's charts, and how they are read. */
class ConsoleChartsIT extends StagedConsole {
  @Test
  void sums_longRunning_areOfTheRange() {
    stage.showHours();
    page.choose("6h");

    eventually(
        () -> assertThat(browser.text("#money-range")).startsWith("the last 6 hours, until "));
  }

  /** Regression: the time since the first sample was shown, which includes the start. */
  @Test
  @Tag(OPENS_PAGE)
  void rates_afterALongStart_showTheTimeObserved() {
    stage.showLongStart();
    browser.open(stage.page());

    eventually(
        () ->
            assertThat(browser.text("[data-question=payment_success_rate] .about"))
                .endsWith("; measured for 10 s"));
  }

  /** The reads of the new process's samples fail at first. */
  @Test
  void restart_samplesOfTheEarlierProcess_areNotShown() {
    eventually(() -> assertThat(browser.text("#sum-paid .usd")).isEqualTo("1,200.00 USD"));
    stage.shut();
    eventually(() -> assertThat(browser.text("#connection")).startsWith("Connection lost"));
    browser.run(
        """
        const send = window.fetch;
        window.isLost = true;
        window.fetch = (path, options) => window.isLost && String(path).startsWith("samples")
          ? Promise.reject(new TypeError("lost"))
          : send(path, options);
        """);

    stage.openAfterRestart();

    eventually(
        () ->
            assertThat(browser.text("[data-question=payment_success_rate] .value"))
                .isEqualTo("waiting for samples"));
    eventually(() -> assertThat(browser.text("#alerts-summary")).isEqualTo("not evaluated yet"));
    browser.run("window.isLost = false");
    eventually(() -> assertThat(browser.text("#sum-paid .usd")).isEqualTo("0.00 USD"));
    browser.consoleWarnings(); // Of the lost connection.
  }

  @Test
  void pause_lateSamplesOfAnotherRange_areNotShown() {
    browser.findElement("#pause").click();
    browser.run(
        """
        const send = window.fetch;
        const released = new Promise(release => window.release = release);
        window.fetch = (path, options) => !String(path).endsWith("range=1h")
          ? send(path, options)
          : Promise.resolve({
            ok: true,
            headers: new Headers(),
            json: async () => {
              await released;
              setTimeout(() => window.isReceived = true);
              return { points: [] };
            },
          });
        """);
    page.choose("1h");
    page.choose("6h");
    eventually(() -> assertThat(browser.text("#range-text")).isEqualTo("the last 6 hours"));

    browser.run("window.release()");
    eventually(() -> assertThat(browser.run("return window.isReceived")).isEqualTo(true));
    page.choose("currency"); // Shows the state again.

    assertThat(browser.text("#range-text")).isEqualTo("the last 6 hours");
  }

  @Test
  @Tag(OPENS_PAGE)
  void outlier_isClippedAndMarked() {
    stage.showOutlier();
    browser.open(stage.page());
    page.awaitEqual();

    WebElement chart = page.chart("avg_response_time_by_gateway");
    eventually(
        () -> assertThat(chart.getAttribute("aria-label")).contains("between 0.25 and 9.00"));
    assertThat(
            browser.run(
                "return document.querySelector('[data-question=avg_response_time_by_gateway]"
                    + " .chart').dataset.clipped"))
        .isEqualTo("1");
  }

  @Test
  void chart_byKeyboard_readsEachSample() {
    WebElement chart = page.chart("avg_response_time_by_gateway");
    eventually(() -> assertThat(chart.getAttribute("aria-valuetext")).contains("stripe 0.25 s"));
    browser.run(
        "document.querySelector('[data-question=avg_response_time_by_gateway] .chart').focus()");

    browser.press(Keys.HOME);

    assertThat(chart.getAttribute("aria-valuenow")).isEqualTo("0");
    assertThat(browser.text("[data-question=avg_response_time_by_gateway] .readout"))
        .contains("stripe 0.25 s");
    browser.press(Keys.ARROW_RIGHT);
    assertThat(chart.getAttribute("aria-valuenow")).isEqualTo("1");
    browser.press(Keys.ESCAPE);
    assertThat(
            browser
                .findElement("[data-question=avg_response_time_by_gateway] .readout")
                .isDisplayed())
        .isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"mouse", "touch"})
  void chart_byPointer_readsASample(String pointer) {
    WebElement chart = page.chart("avg_response_time_by_gateway");
    eventually(() -> assertThat(chart.getAttribute("aria-valuetext")).contains("stripe"));

    browser.pointAt(chart, pointer);

    eventually(
        () ->
            assertThat(browser.text("[data-question=avg_response_time_by_gateway] .readout"))
                .contains("stripe 0.25 s"));
  }
}
