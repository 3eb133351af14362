package dev.paymeter.app.close;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.paymeter.http.CanonicalJson;
import dev.paymeter.postgres.server.DayCloses.StoredClose;
import dev.paymeter.security.SigningKey;
import io.vertx.core.json.JsonObject;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The report of a closed day, as it is stored and signed. */
public final class CloseReport {
  /** Names the fields and their meaning. */
  static final String FORMAT = "paymeter close v1";

  private final StoredClose stored;
  private final JsonObject json;

  private CloseReport(StoredClose stored, JsonObject json) {
    this.stored = stored;
    this.json = json;
  }

  /**
   * Reads a stored report.
   *
   * @throws io.vertx.core.json.DecodeException if it is not JSON
   */
  public static CloseReport of(StoredClose stored) {
    return new CloseReport(stored, new JsonObject(stored.report()));
  }

  /** Completes a report, and signs it unless the key is null. */
  static CloseReport sign(
      ClosedDay day,
      int version,
      DayCloser.Origin origin,
      Map<String, Long> cuts,
      JsonObject content,
      @Nullable SigningKey key) {
    JsonObject json =
        content
            .copy()
            .put("format", FORMAT)
            .put("day", day.day().toString())
            .put("zone", day.zone().getId())
            .put("from", day.start().toString())
            .put("to", day.end().toString())
            .put("version", version)
            .put("closed_at", origin.closedAt().toString())
            .put("closed_by", origin.closedBy())
            .put("key_id", key == null ? null : key.publicKey().id());
    String text = CanonicalJson.write(new JsonObject(json.encode()));
    return new CloseReport(
        new StoredClose(
            day.zone(),
            day.day(),
            version,
            origin.closedAt(),
            origin.closedBy(),
            json.getString("generation"),
            cuts,
            text,
            sha256(text),
            key == null ? null : key.publicKey().id(),
            key == null ? null : key.sign(text)),
        new JsonObject(text));
  }

  static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // Every Java platform provides SHA-256.
    }
  }

  public StoredClose stored() {
    return stored;
  }

  JsonObject json() {
    return json;
  }

  ClosedDay day() {
    return new ClosedDay(stored.day(), stored.zone());
  }

  @Nullable String signature() {
    byte[] signature = stored.signature();
    return signature == null ? null : Base64.getEncoder().encodeToString(signature);
  }

  /** Returns whether the samples of Prometheus differed from their rows. */
  public boolean hasDifferentSamples() {
    JsonObject prometheus = json.getJsonObject("ties").getJsonObject("prometheus");
    return prometheus != null && !prometheus.getBoolean("is_equal");
  }

  /** Returns the report with its hash and its signature. */
  public JsonObject asJson() {
    return new JsonObject()
        .put("report", json)
        .put("sha256", stored.sha256())
        .put("key_id", stored.keyId())
        .put("signature", signature());
  }

  /** Returns the cuts in a report, by instance. */
  static Map<String, Long> cuts(JsonObject report) {
    Map<String, Long> cuts = new HashMap<>();
    for (JsonObject instance : objects(report, "instances")) {
      cuts.put(instance.getString("instance_id"), instance.getLong("cut"));
    }
    return cuts;
  }

  /** Returns the elements of an array of objects. */
  static List<JsonObject> objects(JsonObject parent, String name) {
    return parent.getJsonArray(name).stream().map(JsonObject.class::cast).toList();
  }
}
