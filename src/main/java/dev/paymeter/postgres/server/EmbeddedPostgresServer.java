package dev.paymeter.postgres.server;

import io.zonky.test.db.postgres.embedded.DefaultPostgresBinaryResolver;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import io.zonky.test.db.postgres.embedded.PgBinaryResolver;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
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
import java.util.Comparator;
import java.util.HexFormat;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
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
 *   <li>{@code restart.log}: the output of the last restart
 * </ul>
 *
 * <p>A server that ends before it is closed is restarted. All methods block.
 */
public final class EmbeddedPostgresServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EmbeddedPostgresServer.class);

  /** The default database of the specification. */
  public static final String DATABASE = "payment_db";

  /** The library's archive in a format that unpacks faster. Maven creates it; an IDE does not. */
  private static final String FAST_ARCHIVE = "postgres.txz.gz";

  private static final int BUFFER = 1 << 16;

  private static final Duration START_TIMEOUT = Duration.ofMinutes(2);
  private static final Duration RESPONSE_TIMEOUT = Duration.ofSeconds(1);

  /** Time for a checkpoint, after which the server is killed; its next start recovers. */
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

  /** Asks whether the server supports TLS; it responds with one byte. */
  private static final byte[] SSL_REQUEST = {0, 0, 0, 8, 4, (byte) 210, 22, 47};

  private final FileChannel lock;
  private final EmbeddedPostgres server;
  private final ServerProcesses processes;
  private final PostmasterMonitor monitor;
  private final String password;

  private EmbeddedPostgresServer(
      FileChannel lock,
      EmbeddedPostgres server,
      ServerProcesses processes,
      PostmasterMonitor monitor,
      String password) {
    this.lock = lock;
    this.server = server;
    this.processes = processes;
    this.monitor = monitor;
    this.password = password;
  }

  /** Returns true if this build contains PostgreSQL. Container images do not. */
  public static boolean isIncluded() {
    return EmbeddedPostgresServer.class.getResource(
            "/io/zonky/test/db/postgres/embedded/EmbeddedPostgres.class")
        != null;
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
    Path cluster = home.resolve("cluster");
    Path complete = home.resolve("complete");
    Path binaries = Files.createDirectories(home.resolve("binaries")).toRealPath();
    ServerProcesses processes = new ServerProcesses(binaries);
    if (processes.stopAll(ServerProcesses.STOP_TIMEOUT)) {
      log.warn("Stopped the PostgreSQL processes of an earlier run");
    }
    Files.deleteIfExists(cluster.resolve("postmaster.pid"));
    Path passwordFile = home.resolve("password");
    if (!Files.exists(complete)) {
      deleteTree(cluster);
      writePassword(passwordFile);
    }
    Files.createDirectories(cluster);
    restrict(cluster, "rwx------");
    String password = Files.readString(passwordFile).strip();
    EmbeddedPostgres server = launch(binaries, cluster, passwordFile, password);
    try {
      if (!Files.exists(complete)) {
        createDatabase(server);
        Files.createFile(complete);
      }
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
    PostmasterMonitor monitor =
        PostmasterMonitor.start(processes, cluster, home.resolve("restart.log"));
    return new EmbeddedPostgresServer(lock, server, processes, monitor, password);
  }

  private static EmbeddedPostgres launch(
      Path binaries, Path cluster, Path passwordFile, String password) throws IOException {
    EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder();
    if (System.getProperty("os.name").equals("Linux")) {
      // One flush of the file system instead of one for each of a thousand files.
      builder.setLocaleConfig("sync-method", "syncfs");
    }
    return builder
        .setPgBinaryResolver(new OwnPrograms())
        .setDataDirectory(cluster)
        .setCleanDataDirectory(false)
        .setOverrideWorkingDirectory(binaries.toFile())
        .setRegisterShutdownHook(false)
        .setPGStartupWait(START_TIMEOUT)
        // Passed to initdb, so that a password is required from the start. By default, the library
        // gives access to every user of the machine.
        .setLocaleConfig("pwfile", passwordFile.toString())
        .setLocaleConfig("auth-host", "scram-sha-256")
        .setLocaleConfig("auth-local", "reject")
        .setLocaleConfig("locale", "C")
        // Iterations make passwords expensive to guess, and each connection slow to open. This
        // password is random, and longer than what can be guessed.
        .setLocaleConfig("set", "scram_iterations=1")
        .setConnectConfig("password", password)
        .setServerConfig("listen_addresses", "127.0.0.1")
        .setServerConfig("unix_socket_directories", "")
        // The output of the first start is discarded; that of a restart is stored.
        .setServerConfig("log_min_messages", "fatal")
        // The library turns durability off. A ledger needs it.
        .setServerConfig("fsync", "on")
        .setServerConfig("synchronous_commit", "on")
        .setServerConfig("full_page_writes", "on")
        .start();
  }

  /**
   * Source of the programs. The library unpacks them once for each of these objects, but {@link
   * ServerProcesses} identifies a server by its own directory.
   */
  private static final class OwnPrograms implements PgBinaryResolver {
    @Override
    public InputStream getPgBinary(String system, String architecture) throws IOException {
      InputStream fast = EmbeddedPostgresServer.class.getResourceAsStream(FAST_ARCHIVE);
      return fast != null
          ? new GZIPInputStream(fast, BUFFER)
          : DefaultPostgresBinaryResolver.INSTANCE.getPgBinary(system, architecture);
    }
  }

  public String url() {
    return "postgresql://postgres:" + password + "@127.0.0.1:" + server.getPort() + "/" + DATABASE;
  }

  @Override
  public void close() throws IOException {
    try (lock) {
      monitor.close();
      server.close(); // Waits for five seconds; does not fail.
      if (processes.stopAll(CLOSE_TIMEOUT)) {
        log.warn("The embedded PostgreSQL took long to stop");
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
      if (!isResponding() && processes.stopAll(Duration.ZERO)) {
        log.warn("Killed the embedded PostgreSQL, which did not respond; its next start recovers");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean isResponding() {
    int timeout = Math.toIntExact(RESPONSE_TIMEOUT.toMillis());
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", server.getPort()), timeout);
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

  private static void createDatabase(EmbeddedPostgres server) throws IOException {
    try (Connection connection = server.getPostgresDatabase().getConnection();
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

  private static void deleteTree(Path root) throws IOException {
    if (Files.exists(root)) {
      try (Stream<Path> paths = Files.walk(root)) {
        for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }
}
