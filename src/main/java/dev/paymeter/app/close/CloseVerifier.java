package dev.paymeter.app.close;

import dev.paymeter.payment.port.LedgerCut;
import dev.paymeter.postgres.server.DayCloses;
import dev.paymeter.postgres.server.DayCloses.StoredClose;
import dev.paymeter.security.VerificationKey;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Compares a stored close with its hash, its signature, the closes beside it, and the rows of the
 * ledger up to its cuts.
 *
 * @param key that should have signed it; null if signatures are not checked
 */
public record CloseVerifier(DayCloses closes, @Nullable VerificationKey key) {
  /** Returns a sentence for each difference; empty if there is none. */
  public List<String> differences(StoredClose close) {
    List<String> found = sealDifferences(close);
    try {
      JsonObject report = new JsonObject(close.report());
      checkRow(found, close, report);
      checkNeighbours(found, close, report);
      checkFigures(found, report);
    } catch (DecodeException | ClassCastException | NullPointerException e) {
      if (found.isEmpty()) {
        throw e; // The report is as it was written.
      }
      found.add("the report is not readable: " + e.getMessage());
    }
    return found;
  }

  /** Compares a close with its hash and its signature only. */
  List<String> sealDifferences(StoredClose close) {
    List<String> found = new ArrayList<>();
    compare(found, "SHA-256 of the report", CloseReport.sha256(close.report()), close.sha256());
    checkSignature(found, close);
    return found;
  }

  private static void compare(
      List<String> found, String name, @Nullable Object expected, @Nullable Object actual) {
    if (!Objects.equals(expected, actual)) {
      found.add("%s: expected %s, found %s".formatted(name, expected, actual));
    }
  }

  private void checkSignature(List<String> found, StoredClose close) {
    if (key == null) {
      return;
    }
    if (close.signature() == null) {
      found.add("signature: expected one of key %s, found none".formatted(key.id()));
    } else if (!key.id().equals(close.keyId())) {
      found.add(
          "signature: expected one of key %s, found one of key %s: name its public key with --key"
              .formatted(key.id(), close.keyId()));
    } else if (!key.verifies(close.report(), close.signature())) {
      found.add("signature: key %s has not signed this report".formatted(key.id()));
    }
  }

  private void checkRow(List<String> found, StoredClose close, JsonObject report) {
    compare(found, "ledger", closes.basis().ledger(), report.getString("ledger"));
    compare(found, "format", CloseReport.FORMAT, report.getString("format"));
    compare(found, "zone", close.zone().getId(), report.getString("zone"));
    compare(found, "day", close.day().toString(), report.getString("day"));
    compare(found, "version", close.version(), report.getInteger("version"));
    compare(found, "closed at", close.closedAt().toString(), report.getString("closed_at"));
    compare(found, "closed by", close.closedBy(), report.getString("closed_by"));
    compare(found, "generation", close.generation(), report.getString("generation"));
    compare(found, "key", close.keyId(), report.getString("key_id"));
    compare(found, "cuts", close.cuts(), CloseReport.cuts(report));
  }

  private void checkNeighbours(List<String> found, StoredClose close, JsonObject report) {
    JsonObject previous = report.getJsonObject("previous");
    if (previous != null) {
      checkReference(found, close, previous)
          .ifPresent(
              earlier ->
                  differences(
                      found,
                      "opening balance of ",
                      CloseFigures.balances(earlier, "closing"),
                      CloseFigures.balances(report, "opening")));
    }
    JsonObject supplemented = report.getJsonObject("supplements");
    if (supplemented != null) {
      checkReference(found, close, supplemented)
          .ifPresent(
              earlier ->
                  differences(found, "", CloseFigures.flat(earlier), CloseFigures.flat(report)));
    }
    closes
        .find(close.zone(), close.day().plusDays(1), 1)
        .map(next -> new JsonObject(next.report()).getJsonObject("previous"))
        .filter(reference -> reference.getInteger("version") == close.version())
        .ifPresent(
            reference ->
                compare(
                    found,
                    "SHA-256 of the report, as the close of the next day names it",
                    reference.getString("sha256"),
                    CloseReport.sha256(close.report())));
  }

  /** Returns the report that another one names by its hash. */
  private Optional<JsonObject> checkReference(
      List<String> found, StoredClose close, JsonObject reference) {
    LocalDate day = LocalDate.parse(reference.getString("day"));
    Optional<StoredClose> earlier = closes.find(close.zone(), day, reference.getInteger("version"));
    compare(
        found,
        "SHA-256 of the report of %s, version %d".formatted(day, reference.getInteger("version")),
        reference.getString("sha256"),
        earlier.map(each -> CloseReport.sha256(each.report())).orElse("no such close"));
    return earlier.map(each -> new JsonObject(each.report()));
  }

  private void checkFigures(List<String> found, JsonObject report) {
    ClosedDay day =
        new ClosedDay(
            LocalDate.parse(report.getString("day")), ZoneId.of(report.getString("zone")));
    JsonObject previous = report.getJsonObject("previous");
    Map<String, Long> earlier =
        previous == null
            ? null
            : closes
                .find(
                    day.zone(),
                    LocalDate.parse(previous.getString("day")),
                    previous.getInteger("version"))
                .map(close -> CloseReport.cuts(new JsonObject(close.report())))
                .orElse(Map.of());
    JsonObject rows =
        DayCloser.figures(
            closes,
            day,
            LocalDate.parse(report.getString("first_day")),
            CloseReport.cuts(report),
            earlier);
    differences(found, "", CloseFigures.flat(rows), CloseFigures.flat(report));
    for (JsonObject instance : CloseReport.objects(report, "instances")) {
      JsonObject chain = instance.getJsonObject("chain");
      if (chain != null) {
        String instanceId = instance.getString("instance_id");
        compare(
            found,
            "hash chain of instance " + instanceId,
            closes.chainAt(instanceId, LedgerCut.of(chain.getLong("cut"))).orElse("no such page"),
            chain.getString("chain"));
      }
    }
  }

  private static void differences(
      List<String> found, String prefix, Map<String, String> rows, Map<String, String> report) {
    TreeSet<String> names = new TreeSet<>(rows.keySet());
    names.addAll(report.keySet());
    for (String name : names) {
      String expected = rows.getOrDefault(name, "nothing");
      String actual = report.getOrDefault(name, "nothing");
      if (!expected.equals(actual)) {
        found.add(
            "%s%s: the report has %s, the rows have %s".formatted(prefix, name, actual, expected));
      }
    }
  }
}
