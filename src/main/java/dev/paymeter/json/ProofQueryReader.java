package dev.paymeter.json;

import dev.paymeter.payment.RequestRejectedException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reader of queries for the rows behind samples, which collects all errors. */
public final class ProofQueryReader {
  private static final String INSTANCE = "instance_id";
  private static final String CUT = "cut";
  private static final String SERIES = "series";

  /** Cuts are exact as doubles. */
  private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,15}");

  private ProofQueryReader() {}

  /**
   * A query for the rows of an instance.
   *
   * @param after the number of the cut after which the rows begin; 0 for all
   * @param cut the number of the cut with which they end
   * @param series the selector of the series
   */
  public record ProofQuery(String instanceId, long after, long cut, String series) {}

  /**
   * Reads a query.
   *
   * @param parameters each with all its values
   * @param isCut returns whether a number can be that of a cut
   * @param isSelector returns whether a text is a selector of series
   * @param defaultSelector the selector of queries without one
   * @throws RequestRejectedException with all field errors
   */
  public static ProofQuery read(
      Map<String, List<String>> parameters,
      Predicate<Long> isCut,
      Predicate<String> isSelector,
      String defaultSelector) {
    QueryParameters query =
        new QueryParameters(parameters, Set.of(INSTANCE, CUT, SERIES, QueryParameters.AFTER));
    for (String required : List.of(INSTANCE, CUT)) {
      if (!parameters.containsKey(required)) {
        query.addError(required, "a value", "none");
      }
    }
    String instance = query.reference(INSTANCE);
    Long cut = number(query, CUT, isCut);
    Long after = number(query, QueryParameters.AFTER, isCut);
    String series =
        query.value(
            SERIES,
            "a selector such as payment_requests_total{status=\"success\"}",
            text -> isSelector.test(text) ? text : null);
    if (after != null && cut != null && after > cut) {
      query.addError(QueryParameters.AFTER, "at most the cut, " + cut, after.toString());
    }
    query.check();
    return new ProofQuery(
        Objects.requireNonNull(instance),
        after == null ? 0 : after,
        Objects.requireNonNull(cut),
        series == null ? defaultSelector : series);
  }

  private static @Nullable Long number(QueryParameters query, String name, Predicate<Long> isCut) {
    return query.value(
        name,
        "a value of paymeter_scrape_cut",
        text ->
            NUMBER.matcher(text).matches() && isCut.test(Long.valueOf(text))
                ? Long.valueOf(text)
                : null);
  }
}
