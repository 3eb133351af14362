package dev.paymeter.support.http;

import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test if a request or response did not match {@code openapi.yaml}. Registered for every
 * test automatically.
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
    List<String> faults = ApiConformanceResults.drainMismatches();
    if (!faults.isEmpty()) {
      throw new AssertionError(
          "These exchanges do not match openapi.yaml:\n" + String.join("\n", faults));
    }
  }
}
