package dev.paymeter.json;

import dev.paymeter.payment.Access;
import dev.paymeter.payment.Labeled;
import dev.paymeter.payment.OperatorAction;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.query.ActionFilter;
import dev.paymeter.payment.query.PaymentPage;
import io.vertx.core.json.JsonArray;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads queries for lists of recorded actions from HTTP query parameters. */
public final class ActionQueryReader {
  private static final Set<String> PARAMETERS =
      Set.of(
          "key",
          "key_id",
          "merchant",
          "action",
          "subject",
          "since",
          "before",
          QueryParameters.LIMIT,
          QueryParameters.AFTER);

  private static final List<String> KINDS =
      Arrays.stream(OperatorAction.Kind.values()).map(Labeled::label).toList();

  private ActionQueryReader() {}

  /**
   * A query for one page of a list of recorded actions.
   *
   * @param after the end of the previous page; null for the first page
   */
  public record ActionQuery(ActionFilter filter, PaymentPage.@Nullable Position after, int limit) {}

  /**
   * Reads a query.
   *
   * @param parameters each with all its values
   * @throws RequestRejectedException with all field errors
   */
  public static ActionQuery read(Map<String, List<String>> parameters) {
    QueryParameters query = new QueryParameters(parameters, PARAMETERS);
    ActionFilter filter = filter(query);
    int limit = query.limit();
    PaymentPage.Position after =
        query.after(text -> PageCursor.read(text, list(filter)).orElse(null));
    query.check();
    return new ActionQuery(filter, after, limit);
  }

  private static ActionFilter filter(QueryParameters query) {
    Instant since = query.time("since");
    Instant before = query.time("before");
    query.checkOrder(since, "since", before, "before");
    return new ActionFilter(
        query.reference("key"),
        query.reference("key_id"),
        query.value("merchant", Access.NAME_EXPECTED, text -> Access.isName(text) ? text : null),
        query.choice("action", KINDS),
        query.reference("subject"),
        since,
        before);
  }

  /** Identifies a list in cursors. */
  static String list(ActionFilter filter) {
    return new JsonArray()
        .add("actions")
        .add(filter.name())
        .add(filter.keyId())
        .add(filter.merchant())
        .add(filter.kind())
        .add(filter.subject())
        .add(filter.since())
        .add(filter.before())
        .encode();
  }
}
