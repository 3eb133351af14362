package dev.paymeter.postgres.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.function.IntSupplier;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL server that Paymeter starts if none is configured. Durable, on a free loopback port,
 * with a password. Its directory contains:
 *
 * <ul>
 *   <li>{@code cluster}: the data
 *   <li>{@code complete}: marks the data as complete; if it is missing, the first start was
 *       interrupted, and the data is created again
 *   <li>{@code password}: a random password from the first start
 *   <li>{@code lock}: locked by the process that uses the directory
 *   <li>{@code binaries}: the unpacked server
 *   <li>{@code start.log}, {@code restart.log}, {@code stop.log}: the output of the last of each
 * </ul>
 *
 * <p>A server that ends before it is closed is restarted. All methods block.
 */
public final class EmbeddedPostgresServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EmbeddedPostgresServer.class);

  /** The default database of the specification. */
  public static final String DATABASE = "payment_db";

  private static final String USER = "postgres";
  private static final String ADDRESS = "127.0.0.1";

  /** Another process may take the port between its choice and its use. */
  private static final int START_ATTEMPTS = 3;

  private static final String PORT_IN_USE = "could not create any TCP/IP sockets";

  private static final Duration RESPONSE_TIMEOUT = Duration.ofSeconds(1);

  /** Time for a checkpoint, after which the server is killed; its next start recovers. */
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

  /** Line of the file postmaster.pid with the port, from 0. */
  private static final int PID_FILE_PORT = 3;

  /** Asks whether the server supports TLS; it responds with one byte. */
  private static final byte[] SSL_REQUEST = {0, 0, 0, 8, 4, (byte) 210, 22, 47};

  private final FileChannel lock;
  private final Path home;
  private final PostgresCluster cluster;
  private final PostmasterMonitor monitor;
  private final String password;
  private final int port;

  private EmbeddedPostgresServer(
      FileChannel lock,
      Path home,
      PostgresCluster cluster,
      PostmasterMonitor monitor,
      String password,
      int port) {
    this.lock = lock;
    this.home = home;
    this.cluster = cluster;
    this.monitor = monitor;
    this.password = password;
    this.port = port;
  }

  /** Returns true if this build contains PostgreSQL. Container images do not. */
  public static boolean isIncluded() {
    return PostgresPrograms.areIncluded();
  }

  /** Returns true if the next start is the first, which creates the database. */
  public static boolean isFirstStart(Path directory) {
    return !Files.exists(complete(directory));
  }

  private static Path complete(Path home) {
    return home.resolve("complete");
  }

  /**
   * Starts the server. The first start unpacks it and creates the database. A server that is left
   * from a killed process is stopped first.
   *
   * @throws IOException if the directory cannot be used or the server does not start
   */
  public static EmbeddedPostgresServer start(Path directory) throws IOException {
    Path home = directory.toAbsolutePath().normalize();
    Files.createDirectories(home);
    restrict(home, "rwx------");
    FileChannel lock = lock(home);
    try {
      return start(home, lock);
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private static EmbeddedPostgresServer start(Path home, FileChannel lock) throws IOException {
    Path data = home.resolve("cluster");
    Path complete = complete(home);
    Path passwordFile = home.resolve("password");
    Path output = home.resolve("start.log");
    Path binaries = Files.createDirectories(home.resolve("binaries")).toRealPath();
    ServerProcesses processes = new ServerProcesses(binaries);
    if (processes.stopAll(ServerProcesses.STOP_TIMEOUT)) {
      log.warn("Stopped the PostgreSQL processes of an earlier run");
    }
    PostgresCluster cluster =
        new PostgresCluster(PostgresPrograms.unpackInto(binaries), processes, data);
    boolean isNew = isFirstStart(home);
    if (isNew) {
      PostgresPrograms.deleteTree(data);
      writePassword(passwordFile);
    }
    Files.createDirectories(data);
    restrict(data, "rwx------");
    String password = Files.readString(passwordFile).strip();
    int port;
    try {
      if (isNew) {
        cluster.initialize(USER, passwordFile, output);
      }
      port = start(cluster, EmbeddedPostgresServer::freePort, output);
      if (isNew) {
        createDatabase(port, password);
        Files.createFile(complete);
      }
    } catch (IOException | RuntimeException e) {
      processes.stopAll(CLOSE_TIMEOUT);
      throw e;
    }
    PostmasterMonitor monitor = PostmasterMonitor.start(cluster, home.resolve("restart.log"));
    return new EmbeddedPostgresServer(lock, home, cluster, monitor, password, port);
  }

  /**
   * Starts a server, and returns its port.
   *
   * @param ports proposes a port for each attempt
   */
  static int start(PostgresCluster cluster, IntSupplier ports, Path output) throws IOException {
    for (int attempt = 1; true; attempt++) {
      int port = ports.getAsInt();
      try {
        cluster.start(port, output);
        return port;
      } catch (IOException e) {
        if (attempt == START_ATTEMPTS || !String.valueOf(e.getMessage()).contains(PORT_IN_USE)) {
          throw e;
        }
        log.warn("Starting PostgreSQL on another port: {}", e.getMessage());
      }
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(ADDRESS))) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String url() {
    return url(password, port);
  }

  private static String url(String password, int port) {
    return "postgresql://%s:%s@%s:%d/%s".formatted(USER, password, ADDRESS, port, DATABASE);
  }

  /**
   * Returns the URL of a server that another process has started.
   *
   * @throws IOException if none is running
   */
  public static String urlOfRunning(Path directory) throws IOException {
    List<String> lines = Files.readAllLines(PostgresCluster.pidFile(directory.resolve("cluster")));
    try {
      return url(
          Files.readString(directory.resolve("password")).strip(),
          Integer.parseInt(lines.get(PID_FILE_PORT).strip()));
    } catch (IndexOutOfBoundsException | NumberFormatException e) {
      throw new IOException("the embedded PostgreSQL in " + directory + " is starting", e);
    }
  }

  @Override
  public void close() throws IOException {
    try (lock) {
      monitor.close();
      try {
        cluster.stop(home.resolve("stop.log"));
      } catch (IOException e) {
        if (cluster.processes().stopAll(CLOSE_TIMEOUT)) {
          log.warn("The embedded PostgreSQL took long to stop: {}", e.getMessage());
        }
      }
    }
  }

  /**
   * Kills a server that does not respond: connections to it could not be closed, and it would not
   * stop. Its next start recovers. Call before {@link #close}.
   */
  public void killUnlessResponding() {
    monitor.close();
    try {
      if (!isResponding() && cluster.processes().stopAll(Duration.ZERO)) {
        log.warn("Killed the embedded PostgreSQL, which did not respond; its next start recovers");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean isResponding() {
    int timeout = Math.toIntExact(RESPONSE_TIMEOUT.toMillis());
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(ADDRESS, port), timeout);
      socket.setSoTimeout(timeout);
      socket.getOutputStream().write(SSL_REQUEST);
      return socket.getInputStream().read() >= 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static FileChannel lock(Path home) throws IOException {
    FileChannel channel =
        FileChannel.open(home.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock acquired = channel.tryLock();
      if (acquired != null) {
        return channel;
      }
    } catch (OverlappingFileLockException lockedInThisJvm) {
      // Reported below, as for a lock of another process.
    }
    channel.close();
    throw new DirectoryInUseException(home);
  }

  private static void writePassword(Path file) throws IOException {
    byte[] random = new byte[24];
    new SecureRandom().nextBytes(random);
    Files.deleteIfExists(file);
    Files.createFile(file);
    restrict(file, "rw-------");
    Files.writeString(file, HexFormat.of().formatHex(random) + "\n");
  }

  private static void createDatabase(int port, String password) throws IOException {
    PGSimpleDataSource server = new PGSimpleDataSource();
    server.setServerNames(new String[] {ADDRESS});
    server.setPortNumbers(new int[] {port});
    server.setUser(USER);
    server.setPassword(password);
    server.setDatabaseName("postgres");
    try (Connection connection = server.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("create database " + DATABASE);
    } catch (SQLException e) {
      throw new IOException("cannot create the database " + DATABASE, e);
    }
  }

  private static void restrict(Path path, String permissions) throws IOException {
    if (path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }
  }
}
