package dev.paymeter.support.ledger;

import dev.paymeter.postgres.server.EmbeddedPostgresServer;
import dev.paymeter.support.TestFork;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The PostgreSQL server for all tests of a JVM. Each test creates its own database. */
public final class TestPostgres {
  private static final String HOME = "test-postgres-" + PostgresTemplate.CHECKSUM;
  private static final String TEMPLATE = "test_template";

  /** Part of the names of databases: the server may have those of earlier runs. */
  private static final String RUN = Long.toString(System.currentTimeMillis(), Character.MAX_RADIX);

  private static final AtomicInteger databases = new AtomicInteger();

  /** Replaces what the template's ledger has in common with its copies. */
  private static final String NEW_LEDGER =
      """
      update ledger set id = default, gateway_secret = default;
      update generations set generation = default, began_at = default, xid = default;
      update event_publication
        set known = ledger_generation(), generation = ledger_generation(), xid = g.xid
        from generations g;
      """;

  private static final Pattern URL = Pattern.compile("postgresql://([^:]+):([^@]+)@(.+)");

  private TestPostgres() {}

  private static final class Holder {
    static final EmbeddedPostgresServer SERVER = start();

    private static EmbeddedPostgresServer start() {
      try {
        PostgresTemplate.copyTo(TestFork.directory(HOME));
        EmbeddedPostgresServer server = EmbeddedPostgresServer.start(TestFork.directory(HOME));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(server)));
        execute(server.url(), "drop database if exists " + TEMPLATE);
        create(server, TEMPLATE, " template " + EmbeddedPostgresServer.DATABASE);
        return server;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static void close(EmbeddedPostgresServer server) {
      try {
        server.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Creates a database with the schema and a ledger of its own, and returns its URL. */
  public static String newDatabase() {
    String url = create(" template " + TEMPLATE);
    execute(url, NEW_LEDGER);
    return url;
  }

  /** Creates an empty database and returns its URL. */
  public static String newEmptyDatabase() {
    return create("");
  }

  /** Creates a copy of a database that no service uses, as a restore does. */
  public static String copyOf(String url) {
    closeIdleConnections(); // A database with sessions cannot be copied.
    return create(" template " + url.substring(url.lastIndexOf('/') + 1));
  }

  private static String create(String options) {
    return create(Holder.SERVER, "test_" + RUN + "_" + databases.incrementAndGet(), options);
  }

  private static String create(EmbeddedPostgresServer server, String name, String options) {
    String existing = server.url();
    executeBesideOthers(existing, "create database " + name + options);
    return existing.substring(0, existing.lastIndexOf('/') + 1) + name;
  }

  public static void execute(String url, String sql) {
    if (sql.contains(" database ")) {
      closeIdleConnections(); // Such a statement fails while the database has other sessions.
    }
    executeBesideOthers(url, sql);
  }

  /** Makes the next statements open new sessions. */
  public static void closeIdleConnections() {
    IdleConnections.closeAll();
  }

  private static void executeBesideOthers(String url, String sql) {
    run(
        url,
        sql,
        statement -> {
          statement.execute(sql);
          return true;
        });
  }

  /** Returns all rows, each as the texts of its columns. */
  public static List<List<String>> query(String url, String sql) {
    return run(url, sql, statement -> rows(statement.executeQuery(sql)));
  }

  private static List<List<String>> rows(ResultSet rows) throws SQLException {
    List<List<String>> result = new ArrayList<>();
    int columns = rows.getMetaData().getColumnCount();
    while (rows.next()) {
      List<String> row = new ArrayList<>();
      for (int column = 1; column <= columns; column++) {
        row.add(rows.getString(column));
      }
      result.add(row);
    }
    return result;
  }

  /** A use of a statement. */
  @FunctionalInterface
  private interface Use<T> {
    T of(Statement statement) throws SQLException;
  }

  private static <T> T run(String url, String sql, Use<T> use) {
    try {
      Connection connection = IdleConnections.take(url);
      try (Statement statement = connection.createStatement()) {
        return use.of(statement);
      } finally {
        IdleConnections.release(url, connection);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e.getMessage() + " in: " + sql, e);
    }
  }

  /** Returns the number of statements in the database that wait for a lock. */
  public static int blocked(String url) {
    return Integer.parseInt(
        query(
                url,
                "select count(*) from pg_stat_activity"
                    + " where datname = current_database() and wait_event_type = 'Lock'")
            .get(0)
            .get(0));
  }

  /** Opens a connection, which the caller closes. */
  public static Connection connect(String url) throws SQLException {
    Matcher parts = URL.matcher(url);
    if (!parts.matches()) {
      throw new IllegalArgumentException(url);
    }
    Properties login = new Properties();
    login.setProperty("user", parts.group(1));
    login.setProperty("password", parts.group(2));
    return DriverManager.getConnection("jdbc:postgresql://" + parts.group(3), login);
  }
}
