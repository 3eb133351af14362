package dev.paymeter.support.ledger;

import dev.paymeter.postgres.server.EmbeddedPostgresServer;
import dev.paymeter.support.TestFork;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
import java.util.stream.Stream;

/** The PostgreSQL server for all tests of a JVM. Each test creates its own database. */
public final class TestPostgres {
  private static final String HOME = "test-postgres";
  private static final AtomicInteger databases = new AtomicInteger();
  private static final Pattern URL = Pattern.compile("postgresql://([^:]+):([^@]+)@(.+)");

  private TestPostgres() {}

  private static final class Holder {
    static final EmbeddedPostgresServer SERVER = start();

    private static EmbeddedPostgresServer start() {
      try {
        PostgresTemplate.copyTo(TestFork.directory(HOME));
        EmbeddedPostgresServer server = EmbeddedPostgresServer.start(TestFork.directory(HOME));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(server)));
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

  /** Returns the directory of the programs of the embedded PostgreSQL. */
  static Path programs() {
    newDatabase(); // Unpacks them.
    Path binaries = TestFork.directory(HOME).resolve("binaries");
    try (Stream<Path> versions = Files.list(binaries)) {
      return versions
          .map(version -> version.resolve("bin").toAbsolutePath())
          .filter(Files::isDirectory)
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Creates an empty database and returns its URL. */
  public static String newDatabase() {
    String name = "test_" + ProcessHandle.current().pid() + "_" + databases.incrementAndGet();
    String url = Holder.SERVER.url();
    execute(url, "drop database if exists " + name);
    execute(url, "create database " + name);
    return url.substring(0, url.lastIndexOf('/') + 1) + name;
  }

  public static void execute(String url, String sql) {
    try (Connection connection = connect(url);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e.getMessage() + " in: " + sql, e);
    }
  }

  /** Returns all rows, each as the texts of its columns. */
  public static List<List<String>> query(String url, String sql) {
    try (Connection connection = connect(url);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
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
