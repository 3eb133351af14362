package dev.paymeter.http.management;

import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Browser;
import java.util.List;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/** Parts of the console's page that several classes of tests use. */
record ConsolePage(Browser browser) {
  /** Chooses one of the ranges, divisions or filters. */
  void choose(String value) {
    browser.findElement("input[value='" + value + "']").sendKeys(Keys.SPACE);
  }

  WebElement chart(String question) {
    return browser.findElement("[data-question=" + question + "] .chart");
  }

  List<WebElement> charts() {
    return browser.findElements(".question canvas");
  }

  /** Returns whether an element has the color of what is not live. */
  boolean isGrey(String css) {
    return Boolean.TRUE.equals(
        browser.run(
            """
            const color = css => getComputedStyle(document.querySelector(css)).color;
            return color(arguments[0]) === color(".hush");
            """,
            css));
  }

  /** Waits until the page shows that metrics and ledger are equal. */
  void awaitEqual() {
    eventually(() -> assertThat(browser.text("#proof-verdict")).isEqualTo("Equal to the cent"));
  }

  /** Waits until the page shows no state of an earlier test. */
  void awaitHealthy() {
    awaitEqual();
    eventually(() -> assertThat(browser.findElements(".incident")).isEmpty());
    eventually(() -> assertThat(browser.text("#checks")).contains("all known"));
  }

  void assertNothingOutsideTheScreen() {
    assertThat(
            browser.run(
                """
                const page = document.documentElement;
                return page.scrollWidth === page.clientWidth
                  ? []
                  : [...document.body.querySelectorAll("*")]
                    .filter(each => each.getBoundingClientRect().right > page.clientWidth)
                    .map(each => each.outerHTML.slice(0, 200))
                """))
        .isEqualTo(List.of());
  }
}
