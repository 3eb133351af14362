package dev.paymeter.json;

import dev.paymeter.payment.RequestRejectedException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A query for a list of dead letters.
 *
 * @param after the number after which the list begins
 * @param limit maximum number of items
 */
public record DeadLetterQuery(long after, int limit) {
  private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");

  /**
   * Reads a query.
   *
   * @param parameters each with all its values
   * @throws RequestRejectedException with all field errors
   */
  public static DeadLetterQuery read(Map<String, List<String>> parameters) {
    QueryParameters query =
        new QueryParameters(parameters, Set.of(QueryParameters.LIMIT, QueryParameters.AFTER));
    @Nullable Long after =
        query.value(
            QueryParameters.AFTER,
            "the value of \"next\" from a list",
            text -> NUMBER.matcher(text).matches() ? Long.valueOf(text) : null);
    int limit = query.limit();
    query.check();
    return new DeadLetterQuery(after == null ? 0 : after, limit);
  }
}
