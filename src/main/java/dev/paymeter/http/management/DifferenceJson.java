package dev.paymeter.http.management;

import static java.util.Objects.requireNonNull;

import dev.paymeter.json.JsonFieldReader;
import dev.paymeter.payment.port.LedgerDifference;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Differences as JSON, and the requests to accept them. */
final class DifferenceJson {
  private static final String INSTANCE = "instance";
  private static final String EPOCH = "epoch";
  private static final String SEGMENT = "segment";
  private static final String STATE = "found_state";
  private static final String REASON = "reason";
  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

  private DifferenceJson() {}

  static JsonObject write(List<LedgerDifference> differences) {
    return new JsonObject()
        .put("data", new JsonArray(differences.stream().map(DifferenceJson::write).toList()));
  }

  private static JsonObject write(LedgerDifference difference) {
    return new JsonObject()
        .put(INSTANCE, difference.instanceId())
        .put(EPOCH, difference.epoch())
        .put(SEGMENT, difference.segment())
        .put("rows", difference.rows())
        .put("cents", difference.cents())
        .put("found_rows", difference.foundRows())
        .put("found_cents", difference.foundCents())
        .put(STATE, difference.foundState())
        .put("compared_at", difference.comparedAt().toString());
  }

  static LedgerDifference.Acknowledgement read(JsonObject json) {
    JsonFieldReader fields = new JsonFieldReader(json);
    String instance = fields.reference(INSTANCE);
    Long epoch = fields.whole(EPOCH, 0, Integer.MAX_VALUE);
    Long segment = fields.whole(SEGMENT, 0, Integer.MAX_VALUE);
    String state = fields.matching(STATE, HASH, "the value from the list of differences");
    String reason = fields.reference(REASON);
    fields.check(Set.of(INSTANCE, EPOCH, SEGMENT, STATE, REASON));
    return new LedgerDifference.Acknowledgement(
        requireNonNull(instance),
        requireNonNull(epoch).intValue(),
        requireNonNull(segment).intValue(),
        requireNonNull(state),
        requireNonNull(reason));
  }
}
