package dev.paymeter.support.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/** The results of checking all API exchanges of this JVM's tests. */
public final class ApiConformanceResults {
  /** No other server that tests call by {@link TestHttp} has such paths. */
  private static final Pattern API = Pattern.compile("/v1(/.*)?|/openapi\\.yaml|/docs(/.*)?");

  private static final int MAX_KEPT = 10;

  private static final Queue<String> mismatches = new ConcurrentLinkedQueue<>();
  private static final AtomicLong checked = new AtomicLong();

  private ApiConformanceResults() {}

  /** Returns whether a path belongs to the API. */
  static boolean isApiPath(String path) {
    return API.matcher(path).matches();
  }

  static void check(HttpExchangeRecord exchange) {
    checked.incrementAndGet();
    List<String> found;
    try {
      found = ApiConformance.mismatches(ApiDescription.shipped(), exchange);
    } catch (RuntimeException | LinkageError e) {
      found = List.of("cannot be checked: " + e);
    }
    if (!found.isEmpty() && mismatches.size() < MAX_KEPT) {
      mismatches.add(String.join("\n  ", found) + "\n  of " + exchange);
    }
  }

  /** Returns the number of checked exchanges. */
  public static long checked() {
    return checked.get();
  }

  /** Returns and clears the mismatches. */
  public static List<String> drainMismatches() {
    List<String> all = new ArrayList<>();
    for (String fault = mismatches.poll(); fault != null; fault = mismatches.poll()) {
      all.add(fault);
    }
    return all;
  }
}
