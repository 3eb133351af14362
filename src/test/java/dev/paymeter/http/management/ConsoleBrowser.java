package dev.paymeter.http.management;

import dev.paymeter.support.Browser;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** A browser for the console's tests of one class. */
abstract class ConsoleBrowser {
  /**
   * Tag of a test that changes only what the service sends, the screen or the color scheme: the
   * next test uses the page that is open. To open it takes more CPU time than most tests.
   */
  static final String KEEPS_PAGE = "keeps-page";

  /** Tag of a test that opens the page itself. */
  static final String OPENS_PAGE = "opens-page";

  @TempDir static Path profile;
  static Browser browser;
  static ConsolePage page;
  private static boolean isOpen;

  @BeforeAll
  static void startBrowser() {
    isOpen = false;
    browser = Browser.start(profile);
    page = new ConsolePage(browser);
  }

  /** Shows the page on a laptop, with the light color scheme. */
  static void show(URI uri, TestInfo test) {
    if (isOpen) {
      browser.setScreen(Browser.Screen.LAPTOP);
      browser.setColorScheme("light");
    } else if (!test.getTags().contains(OPENS_PAGE)) {
      browser.open(uri);
    }
    isOpen = test.getTags().contains(KEEPS_PAGE);
  }

  @AfterAll
  static void closeBrowser() {
    if (browser != null) {
      browser.close();
    }
  }
}
