package dev.paymeter.support.http;

import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test during which a request or an answer did not agree with {@code openapi.yaml}. Comes
 * to every test by itself.
 */
public final class ApiConformanceExtension implements AfterEachCallback, AfterAllCallback {
  @Override
  public void afterEach(ExtensionContext test) {
    check();
  }

  @Override
  public void afterAll(ExtensionContext tests) {
    check();
  }

  private static void check() {
    List<String> faults = ApiConformances.takeFaults();
    if (!faults.isEmpty()) {
      throw new AssertionError(
          "This does not agree with openapi.yaml:\n" + String.join("\n", faults));
    }
  }
}
