package dev.paymeter.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.logging.Level;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.PointerInput;
import org.openqa.selenium.interactions.Sequence;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LoggingPreferences;

/** A headless Chromium with its own profile. */
public final class Browser implements AutoCloseable {
  private static final String INSTALL = "apt-get install chromium chromium-driver";
  private static final String AXE = read("/axe.min.js");

  private final ChromeDriver driver;
  private Screen screen = Screen.LAPTOP;
  private String scheme = "light";

  /** The display that a page is shown on. */
  public enum Screen {
    LAPTOP(1366, 768, 1, false),
    DESKTOP(1920, 1080, 1, false),
    PHONE(390, 844, 2, true),
    SMALL_PHONE(320, 640, 2, true);

    private final Map<String, Object> metrics;

    Screen(int width, int height, int scale, boolean mobile) {
      metrics =
          Map.of("width", width, "height", height, "deviceScaleFactor", scale, "mobile", mobile);
    }
  }

  /** Long enough for the checks of accessibility while other tests have the cores. */
  private static final Duration SCRIPT_TIMEOUT = Duration.ofMinutes(2);

  private Browser(ChromeDriver driver) {
    this.driver = driver;
  }

  /**
   * @param profile an empty directory
   */
  public static Browser start(Path profile) {
    Path chromium = RequiredPrograms.program("chromium", INSTALL);
    Path chromedriver = RequiredPrograms.program("chromedriver", INSTALL);
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable("browser", Level.ALL);
    ChromeOptions options = new ChromeOptions();
    options.setBinary(chromium.toFile());
    options.setScriptTimeout(SCRIPT_TIMEOUT);
    options.setCapability(ChromeOptions.LOGGING_PREFS, logs);
    options.addArguments(
        "--headless",
        "--no-sandbox", // Builds may run as root.
        "--disable-gpu",
        "--disable-quic",
        "--force-prefers-reduced-motion", // An animation is a picture more for each of its steps.
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--user-data-dir=" + profile);
    return new Browser(
        new ChromeDriver(
            new ChromeDriverService.Builder()
                .usingDriverExecutable(chromedriver.toFile())
                .usingAnyFreePort()
                .build(),
            options));
  }

  /** Opens a page on a laptop, with the light color scheme. */
  public void open(URI page) {
    setScreen(Screen.LAPTOP);
    setColorScheme("light");
    driver.get(page.toString());
  }

  /** Opens a page in which a script runs first. */
  public void open(URI page, String script) {
    Object id =
        Objects.requireNonNull(
            driver
                .executeCdpCommand(
                    "Page.addScriptToEvaluateOnNewDocument", Map.of("source", script))
                .get("identifier"));
    try {
      open(page);
    } finally {
      driver.executeCdpCommand(
          "Page.removeScriptToEvaluateOnNewDocument", Map.of("identifier", id));
    }
  }

  /** Transfers every file again with each page. */
  public void disableCache() {
    driver.executeCdpCommand("Network.enable", Map.of());
    driver.executeCdpCommand("Network.setCacheDisabled", Map.of("cacheDisabled", true));
  }

  public void setScreen(Screen screen) {
    this.screen = screen;
    driver.executeCdpCommand("Emulation.setDeviceMetricsOverride", screen.metrics);
  }

  /**
   * @param scheme {@code light} or {@code dark}
   */
  public void setColorScheme(String scheme) {
    this.scheme = scheme;
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
  }

  public WebElement findElement(String css) {
    return driver.findElement(By.cssSelector(css));
  }

  public List<WebElement> findElements(String css) {
    return driver.findElements(By.cssSelector(css));
  }

  /** Returns the visible text of the first element, in one request. */
  public String text(String css) {
    return texts(css).stream()
        .findFirst()
        .orElseThrow(() -> new AssertionError("no element " + css));
  }

  /** Returns the visible text of each element, in one request. */
  public List<String> texts(String css) {
    return ((List<?>)
            Objects.requireNonNull(
                run(
                    """
                    return [...document.querySelectorAll(arguments[0])].map(
                      element => element.checkVisibility() ? element.innerText.trim() : "")
                    """,
                    css)))
        .stream().map(String.class::cast).toList();
  }

  /**
   * Moves a pointer over the middle of an element. A finger stays there: when it is lifted, the
   * browser also moves the mouse.
   *
   * @param pointer {@code mouse} or {@code touch}
   */
  public void pointAt(WebElement element, String pointer) {
    run("arguments[0].scrollIntoView({block: 'center'})", element);
    PointerInput input =
        new PointerInput(
            pointer.equals("touch") ? PointerInput.Kind.TOUCH : PointerInput.Kind.MOUSE, pointer);
    Sequence sequence =
        new Sequence(input, 0)
            .addAction(
                input.createPointerMove(
                    Duration.ZERO, PointerInput.Origin.fromElement(element), 0, 0));
    if (pointer.equals("touch")) {
      sequence.addAction(input.createPointerDown(PointerInput.MouseButton.LEFT.asArg()));
    }
    driver.perform(List.of(sequence));
  }

  /** Returns the element that has the keyboard focus. */
  public WebElement focused() {
    return driver.switchTo().activeElement();
  }

  /** Sends keys to the focused element. */
  public void press(CharSequence... keys) {
    focused().sendKeys(keys);
  }

  /**
   * Runs a script in the page.
   *
   * @return its result; null if that is undefined
   */
  public Object run(String script, Object... arguments) {
    return driver.executeScript(script, arguments);
  }

  /** Returns all warnings and errors of the browser's console since the last call. */
  public List<String> consoleWarnings() {
    return driver.manage().logs().get("browser").getAll().stream()
        .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
        .map(LogEntry::toString)
        .toList();
  }

  /** Returns the violations that axe-core finds of WCAG 2.2 AA and of its own best practices. */
  public List<?> accessibilityViolations() {
    if (Boolean.FALSE.equals(run("return 'axe' in window"))) {
      run(AXE);
    }
    return (List<?>)
        driver.executeAsyncScript(
            """
            const done = arguments[arguments.length - 1];
            // Only results of violations, and no second copy of the style sheets, which no rule needs.
            axe.run({resultTypes: ["violations"], preload: false}).then(found =>
              done(found.violations.map(rule =>
                rule.id + ": " + rule.help + "\\n"
                  + rule.nodes.map(node => node.html + "\\n" + node.failureSummary).join("\\n"))));
            """);
  }

  private static String read(String resource) {
    try (InputStream in = Objects.requireNonNull(Browser.class.getResourceAsStream(resource))) {
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * With {@code -Dtest.screenshots=true}, saves a screenshot below {@code target/console}, for
   * inspection by hand.
   */
  public void saveScreenshot(String name) {
    if (!Boolean.getBoolean("test.screenshots")) {
      return;
    }
    try {
      Path directory = Files.createDirectories(Path.of("target", "console"));
      Files.write(directory.resolve(name + ".png"), driver.getScreenshotAs(OutputType.BYTES));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As {@link #saveScreenshot}, on each screen in both color schemes; ends as it begins. */
  public void saveScreenshots(String name) {
    if (!Boolean.getBoolean("test.screenshots")) {
      return;
    }
    Screen screenBefore = screen;
    String schemeBefore = scheme;
    for (Screen each : Screen.values()) {
      setScreen(each);
      for (String color : List.of("light", "dark")) {
        setColorScheme(color);
        saveScreenshot(name + '-' + each.name().toLowerCase(Locale.ROOT) + '-' + color);
      }
    }
    setScreen(screenBefore);
    setColorScheme(schemeBefore);
  }

  @Override
  public void close() {
    driver.quit();
  }
}
