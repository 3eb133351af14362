package dev.paymeter.app.close;

import dev.paymeter.app.close.CloseException.Reason;
import dev.paymeter.payment.port.LedgerCut;
import dev.paymeter.postgres.server.DayCloses;
import dev.paymeter.postgres.server.DayCloses.Basis;
import dev.paymeter.postgres.server.DayCloses.ClosedDays;
import dev.paymeter.postgres.server.DayCloses.InstanceState;
import dev.paymeter.postgres.server.DayCloses.OpenTransfers;
import dev.paymeter.postgres.server.DayCloses.SettlementFile;
import dev.paymeter.postgres.server.DayCloses.StoredClose;
import dev.paymeter.security.SigningKey;
import dev.paymeter.security.VerificationKey;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Closes days.
 *
 * <p>A report contains what the instances had counted up to a cut of each of them, of times before
 * the end of the day. Nothing is added before a cut any more, so that the report can be calculated
 * again. What is counted later, with a time of a closed day, is a correction in the next report.
 *
 * @param key signs reports; null if they are not signed
 */
public record DayCloser(DayCloses closes, ClosedDay day, @Nullable SigningKey key) {
  /** Longer than a statement may take, and longer than two intervals of checkpoints. */
  static final Duration GRACE = Duration.ofMinutes(1);

  /** Comparison of the day with other records. */
  public interface Evidence {
    /** Returns a part of the report; null if there is no such record. */
    @Nullable JsonObject of(Instant from, Instant to) throws IOException;
  }

  /** When and by whom a report was made. */
  record Origin(Instant closedAt, String closedBy) {}

  /**
   * Closes the day, unless it is closed.
   *
   * @param closedBy the user of the operating system
   * @throws CloseException if it cannot be closed
   * @throws IOException if there is no evidence
   */
  public CloseReport close(String closedBy, Evidence prometheus)
      throws CloseException, IOException {
    closes.lock();
    Basis basis = closes.basis();
    Optional<ClosedDays> closed = closes.closedDays(day.zone());
    if (closed.isPresent()) {
      checkOrder(closed.get());
    }
    checkEnd(basis.now());
    StoredClose previous =
        closed.flatMap(days -> closes.find(day.zone(), days.last())).orElse(null);
    if (previous != null) {
      checkSeal(previous);
    }
    List<InstanceState> instances = closes.instances(day.end(), day.end().plus(GRACE));
    Map<String, Long> cuts = cuts(instances);
    JsonObject figures =
        figures(
            closes,
            day,
            closed.map(ClosedDays::first).orElse(day.day()),
            cuts,
            previous == null ? null : previous.cuts());
    if (previous != null) {
      checkPrevious(previous, cuts, figures);
    }
    List<String> unbalanced = CloseFigures.unbalanced(figures);
    if (!unbalanced.isEmpty()) {
      throw new CloseException(
          Reason.CHANGED, "expected accounts of the journal that sum to zero, found " + unbalanced);
    }
    JsonObject content =
        figures
            .put("ledger", basis.ledger())
            .put("generation", basis.generation())
            .put("previous", previous == null ? null : reference(previous))
            .put("first_day", closed.map(ClosedDays::first).orElse(day.day()).toString())
            .put("supplements", null)
            .put("instances", instances(instances, cuts))
            .put("open", open(closes.openTransfers(day.end())))
            .put("ties", ties(prometheus));
    return store(1, new Origin(basis.now(), closedBy), cuts, content);
  }

  /**
   * Stores another version of a close, with the same figures, and what can be compared now.
   *
   * @throws CloseException if the figures differ from the rows
   * @throws IOException if there is no evidence
   */
  public CloseReport supplement(StoredClose version, String closedBy, Evidence prometheus)
      throws CloseException, IOException {
    closes.lock();
    Basis basis = closes.basis();
    StoredClose last = closes.find(day.zone(), day.day()).orElse(version);
    List<String> differences = new CloseVerifier(closes, null).differences(last);
    if (!differences.isEmpty()) {
      throw new CloseException(Reason.CHANGED, String.join("\n", differences));
    }
    JsonObject content =
        CloseReport.of(last)
            .json()
            .copy()
            .put("supplements", reference(last))
            .put("ties", ties(prometheus));
    return store(last.version() + 1, new Origin(basis.now(), closedBy), last.cuts(), content);
  }

  /** A report that was forged is not continued. Another key may have signed it. */
  private void checkSeal(StoredClose previous) throws CloseException {
    VerificationKey own = key == null ? null : key.publicKey();
    VerificationKey signer = own != null && own.id().equals(previous.keyId()) ? own : null;
    List<String> differences = new CloseVerifier(closes, signer).sealDifferences(previous);
    if (!differences.isEmpty()) {
      throw new CloseException(
          Reason.CHANGED, "the close of %s: %s".formatted(previous.day(), differences.get(0)));
    }
  }

  private CloseReport store(
      int version, Origin origin, Map<String, Long> cuts, JsonObject content) {
    CloseReport report = CloseReport.sign(day, version, origin, cuts, content, key);
    closes.insert(report.stored());
    return report;
  }

  private void checkOrder(ClosedDays closed) throws CloseException {
    LocalDate next = closed.last().plusDays(1);
    if (!day.day().equals(next)) {
      throw new CloseException(
          Reason.INVALID_DAY,
          day.day().isBefore(closed.first())
              ? "expected a day after the first closed one, %s, found %s"
                  .formatted(closed.first(), day)
              : "expected %s, the day after the last closed one, found %s".formatted(next, day));
    }
  }

  private void checkEnd(Instant now) throws CloseException {
    if (now.isBefore(day.end())) {
      throw new CloseException(
          Reason.INVALID_DAY,
          "expected a day that has ended, found %s, which ends at %s".formatted(day, day.end()));
    } else if (now.isBefore(day.end().plus(GRACE))) {
      throw new CloseException(
          Reason.NOT_YET,
          "rows of %s may still be committed: try again from %s on"
              .formatted(day, day.end().plus(GRACE)));
    }
  }

  /** Returns the position of each instance before which nothing is added any more. */
  private Map<String, Long> cuts(List<InstanceState> instances) throws CloseException {
    Map<String, Long> cuts = new TreeMap<>();
    for (InstanceState instance : instances) {
      LedgerCut lastRow = instance.lastRow();
      LedgerCut checkpoint = instance.checkpoint();
      LedgerCut cut =
          instance.isRunning() || lastRow == null || lastRow.compareTo(checkpoint) < 0
              ? checkpoint
              : lastRow;
      if (instance.isRunning() && instance.hasLaterRows()) {
        throw new CloseException(
            Reason.NOT_YET,
            "instance %s has counted rows of %s after its last checkpoint: try again in 10 seconds"
                .formatted(instance.instanceId(), day));
      } else if (!cut.equals(checkpoint) && instance.endedRecently()) {
        throw new CloseException(
            Reason.NOT_YET,
            "statements of instance %s, which has ended, may still run: try again in 15 seconds"
                .formatted(instance.instanceId()));
      }
      cuts.put(instance.instanceId(), cut.number());
    }
    return cuts;
  }

  /** Returns the figures of a day. */
  static JsonObject figures(
      DayCloses closes,
      ClosedDay day,
      LocalDate first,
      Map<String, Long> cuts,
      @Nullable Map<String, Long> earlier) {
    List<LocalDate> days = first.datesUntil(day.day().plusDays(1)).toList();
    List<Instant> limits =
        Stream.concat(days.stream(), Stream.of(day.next().day()))
            .map(each -> new ClosedDay(each, day.zone()).start())
            .toList();
    return CloseFigures.of(
        closes.lines(cuts, earlier == null ? Map.of() : earlier, limits), days, earlier != null);
  }

  private static void checkPrevious(
      StoredClose previous, Map<String, Long> cuts, JsonObject figures) throws CloseException {
    for (Map.Entry<String, Long> cut : previous.cuts().entrySet()) {
      Long now = cuts.get(cut.getKey());
      if (now == null || now < cut.getValue()) {
        throw new CloseException(
            Reason.CHANGED,
            "expected the rows of instance %s up to cut %d, found %s: the ledger has gone back"
                .formatted(cut.getKey(), cut.getValue(), now == null ? "none" : "cut " + now));
      }
    }
    Map<String, String> closing = CloseFigures.balances(CloseReport.of(previous).json(), "closing");
    Map<String, String> opening = CloseFigures.balances(figures, "opening");
    if (!closing.equals(opening)) {
      throw new CloseException(
          Reason.CHANGED,
          "expected the closing balances of %s, found others: rows have changed. --day %s --verify"
                  .formatted(previous.day(), previous.day())
              + " names the differences");
    }
  }

  static JsonObject reference(StoredClose close) {
    return new JsonObject()
        .put("day", close.day().toString())
        .put("version", close.version())
        .put("sha256", close.sha256());
  }

  private static JsonArray instances(List<InstanceState> instances, Map<String, Long> cuts) {
    List<JsonObject> all = new ArrayList<>();
    for (InstanceState instance : instances) {
      JsonObject chain =
          instance.chain() == null
              ? null
              : new JsonObject()
                  .put("cut", instance.chain().at().number())
                  .put("chain", instance.chain().chain());
      all.add(
          new JsonObject()
              .put("instance_id", instance.instanceId())
              .put("is_running", instance.isRunning())
              .put("cut", cuts.get(instance.instanceId()))
              .put("chain", chain));
    }
    return new JsonArray(all);
  }

  private static JsonArray open(List<OpenTransfers> transfers) {
    return new JsonArray(
        transfers.stream()
            .map(
                each ->
                    new JsonObject()
                        .put("kind", each.kind())
                        .put("gateway", each.gateway())
                        .put("account", each.account())
                        .put("state", each.status().equals("pending") ? "in_progress" : "unknown")
                        .put("currency", each.currency())
                        .put("count", each.count())
                        .put("amount", each.amount().toPlainString())
                        .put("amount_usd", each.amountUsd().toPlainString()))
            .toList());
  }

  private JsonObject ties(Evidence prometheus) throws IOException {
    return new JsonObject()
        .put("prometheus", prometheus.of(day.start(), day.end()))
        .put(
            "settlements",
            new JsonArray(closes.settlements(day.day()).stream().map(DayCloser::json).toList()));
  }

  private static JsonObject json(SettlementFile file) {
    return new JsonObject()
        .put("gateway", file.gateway())
        .put("account", file.account())
        .put("file", file.name())
        .put("sha256", file.sha256())
        .put("zone", file.zone())
        .put("first_day", file.firstDay().toString())
        .put("last_day", file.lastDay().toString())
        .put("lines", file.lines())
        .put("matched", file.matched())
        .put("exceptions", file.exceptions())
        .put("open_exceptions", file.openExceptions())
        .put("net", new JsonObject(Map.<String, Object>copyOf(file.net())));
  }
}
