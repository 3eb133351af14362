package dev.paymeter.postgres.server;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;

/** A session of a server, through any driver. */
interface Session {
  /** Runs a statement and returns the texts of its first row by column; empty if it has no row. */
  Future<Map<String, String>> firstRow(String sql);

  static Session of(SqlConnection connection) {
    return sql ->
        connection
            .query(sql)
            .execute()
            .map(rows -> rows.size() == 0 ? Map.of() : texts(rows.iterator().next()));
  }

  private static Map<String, String> texts(Row row) {
    Map<String, String> texts = new HashMap<>();
    for (int column = 0; column < row.size(); column++) {
      texts.put(row.getColumnName(column), row.getString(column));
    }
    return texts;
  }

  /** Returns a session whose futures are complete: its methods block. */
  static Session of(Connection connection) {
    return sql -> {
      try (Statement statement = connection.createStatement()) {
        if (!statement.execute(sql)) {
          return Future.succeededFuture(Map.of());
        }
        ResultSet rows = statement.getResultSet();
        return Future.succeededFuture(rows.next() ? texts(rows) : Map.of());
      } catch (SQLException e) {
        return Future.failedFuture(e);
      }
    };
  }

  private static Map<String, String> texts(ResultSet row) throws SQLException {
    Map<String, String> texts = new HashMap<>();
    for (int column = 1; column <= row.getMetaData().getColumnCount(); column++) {
      texts.put(row.getMetaData().getColumnName(column), row.getString(column));
    }
    return texts;
  }
}
