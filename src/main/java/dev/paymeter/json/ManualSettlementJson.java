package dev.paymeter.json;

import static java.util.Objects.requireNonNull;

import dev.paymeter.payment.Labeled;
import dev.paymeter.payment.ManualSettlement;
import dev.paymeter.payment.ManualSettlement.Operator;
import dev.paymeter.payment.ManualSettlement.Proposal;
import dev.paymeter.payment.ManualSettlement.State;
import dev.paymeter.payment.ManualSettlement.Step;
import dev.paymeter.payment.PaymentStatus;
import dev.paymeter.payment.RequestRejectedException;
import dev.paymeter.payment.query.PaymentPage;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Manual settlements as JSON, the requests for their steps, and queries for lists of them. */
public final class ManualSettlementJson {
  private static final String ID = "id";
  private static final String STATUS = "status";
  private static final String STATE = "state";
  private static final String REASON = "reason";
  private static final String EVIDENCE = "evidence";
  private static final List<String> STATUSES =
      List.of(PaymentStatus.SUCCESS.label(), PaymentStatus.FAILED.label());
  private static final List<String> STATES =
      Arrays.stream(State.values()).map(Labeled::label).toList();
  private static final Pattern UUID_FORM =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

  private ManualSettlementJson() {}

  /**
   * A query for one page of a list.
   *
   * @param state null for any
   * @param after the end of the previous page; null for the first page
   */
  public record Query(@Nullable State state, PaymentPage.@Nullable Position after, int limit) {}

  /**
   * Reads a proposal.
   *
   * @throws RequestRejectedException with all field errors
   */
  public static Proposal readProposal(JsonObject json, UUID payment, Operator by) {
    JsonFieldReader fields = new JsonFieldReader(json);
    String status = fields.choice(STATUS, STATUSES);
    String reason = fields.reference(REASON);
    String evidence = fields.reference(EVIDENCE);
    fields.check(Set.of(STATUS, REASON, EVIDENCE));
    return new Proposal(
        payment,
        PaymentStatus.of(requireNonNull(status)),
        requireNonNull(reason),
        requireNonNull(evidence),
        by);
  }

  /**
   * Reads the id of the settlement that an operator has seen.
   *
   * @throws RequestRejectedException with all field errors
   */
  public static UUID readId(JsonObject json) {
    JsonFieldReader fields = new JsonFieldReader(json);
    String id = fields.matching(ID, UUID_FORM, "the id of the settlement");
    fields.check(Set.of(ID));
    return UUID.fromString(requireNonNull(id));
  }

  /**
   * Reads a query.
   *
   * @param parameters each with all its values
   * @throws RequestRejectedException with all field errors
   */
  public static Query readQuery(Map<String, List<String>> parameters) {
    QueryParameters query =
        new QueryParameters(
            parameters, Set.of(STATE, QueryParameters.LIMIT, QueryParameters.AFTER));
    String label = query.choice(STATE, STATES);
    State state = label == null ? null : State.valueOf(label.toUpperCase(Locale.ROOT));
    int limit = query.limit();
    PaymentPage.Position after =
        query.after(text -> PageCursor.read(text, list(state)).orElse(null));
    query.check();
    return new Query(state, after, limit);
  }

  /** Identifies a list in cursors. */
  private static String list(@Nullable State state) {
    return "settlements " + (state == null ? "" : state.label());
  }

  /**
   * Writes a page of a list.
   *
   * @param found one settlement more than the limit if there is a next page
   */
  public static JsonObject write(List<ManualSettlement> found, Query query) {
    List<ManualSettlement> page =
        found.size() <= query.limit() ? found : found.subList(0, query.limit());
    return PageCursor.page(
        page.stream().map(ManualSettlementJson::write).toList(),
        found.size() <= query.limit()
            ? Optional.empty()
            : Optional.of(position(page.get(page.size() - 1))),
        list(query.state()));
  }

  private static PaymentPage.Position position(ManualSettlement settlement) {
    return new PaymentPage.Position(settlement.proposedAt(), settlement.id());
  }

  public static JsonObject write(ManualSettlement settlement) {
    Proposal proposal = settlement.proposal();
    JsonObject json =
        new JsonObject()
            .put(ID, settlement.id().toString())
            .put("payment_id", proposal.payment().toString())
            .put(STATE, settlement.state().label())
            .put(STATUS, proposal.status().label())
            .put(REASON, proposal.reason())
            .put(EVIDENCE, proposal.evidence())
            .put("proposed", write(new Step(proposal.by(), settlement.proposedAt())));
    if (settlement.approved() != null) {
      json.put("approved", write(settlement.approved()));
    }
    if (settlement.withdrawn() != null) {
      json.put("withdrawn", write(settlement.withdrawn()));
    }
    return json;
  }

  private static JsonObject write(Step step) {
    JsonObject json = new JsonObject().put("at", step.at().toString()).put("key", step.by().name());
    return step.by().keyId() == null ? json : json.put("key_id", step.by().keyId());
  }
}
