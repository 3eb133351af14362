package dev.paymeter.app.close;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** The report of a closed day as a table: a row for each gateway, account, currency and kind. */
public final class CloseTable {
  private static final List<String> COLUMNS =
      List.of(
          "day",
          "zone",
          "gateway",
          "account",
          "currency",
          "kind",
          "correction_of",
          "count",
          "amount",
          "amount_usd",
          "unconverted");

  private CloseTable() {}

  /** Returns the rows, with the names of the columns first. */
  public static List<List<String>> of(CloseReport close) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(COLUMNS);
    for (JsonObject gateway : CloseReport.objects(close.json(), "gateways")) {
      rows.add(row(close, gateway, "opening", gateway.getJsonObject("opening")));
      for (JsonObject movement : CloseReport.objects(gateway, "movements")) {
        rows.add(row(close, gateway, movement.getString("kind"), movement));
      }
      for (JsonObject correction : CloseReport.objects(gateway, "corrections")) {
        rows.add(row(close, gateway, correction.getString("kind"), correction));
      }
      rows.add(row(close, gateway, "closing", gateway.getJsonObject("closing")));
    }
    return rows;
  }

  /** Days before the first closed one are named by it. */
  private static List<String> row(
      CloseReport close, JsonObject gateway, String kind, JsonObject values) {
    String corrected = "";
    if (values.containsKey("day")) {
      corrected = values.getString("day");
      if (corrected == null) {
        corrected = "before " + close.json().getString("first_day");
      }
    }
    return List.of(
        close.json().getString("day"),
        close.json().getString("zone"),
        gateway.getString("gateway"),
        gateway.getString("account") == null ? "" : gateway.getString("account"),
        gateway.getString("currency"),
        kind,
        corrected,
        values.containsKey("count") ? String.valueOf(values.getLong("count")) : "",
        values.getString("amount"),
        values.getString("amount_usd"),
        values.containsKey("unconverted") ? String.valueOf(values.getLong("unconverted")) : "");
  }
}
