package dev.paymeter.http.management;

import dev.paymeter.support.Browser;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** A browser for the console's tests of one class. */
abstract class ConsoleBrowser {
  @TempDir static Path profile;
  static Browser browser;
  static ConsolePage page;

  @BeforeAll
  static void startBrowser() {
    browser = Browser.start(profile);
    page = new ConsolePage(browser);
  }

  @AfterAll
  static void closeBrowser() {
    if (browser != null) {
      browser.close();
    }
  }
}
