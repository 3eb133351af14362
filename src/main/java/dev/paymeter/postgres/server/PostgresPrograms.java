package dev.paymeter.postgres.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * The programs of an embedded PostgreSQL. All methods block.
 *
 * @param directory contains the directory {@code bin}
 */
record PostgresPrograms(Path directory) {
  /**
   * Written by the build: a directory with the version in its name, with the files, and with a list
   * of symbolic links.
   */
  private static final String ARCHIVE = "postgres.zip";

  private static final String LINKS = "links";

  /** The program in util-linux that runs another one as another user. */
  private static final String USER_NAMESPACE = "unshare";

  /** Returns true if this build contains them. */
  static boolean areIncluded() {
    return PostgresPrograms.class.getResource(ARCHIVE) != null;
  }

  /**
   * Returns those of this build. They are unpacked unless an earlier call has completed that.
   *
   * @param binaries receives a directory for the version; no other program of it may run
   */
  static PostgresPrograms unpackInto(Path binaries) throws IOException {
    try (InputStream resource = PostgresPrograms.class.getResourceAsStream(ARCHIVE)) {
      if (resource == null) {
        throw new IOException(
            "this build has no PostgreSQL for the platform; set database.url, or run mvn package");
      }
      try (ZipInputStream archive = new ZipInputStream(resource)) {
        String version = archive.getNextEntry().getName();
        Path directory = binaries.resolve(version);
        if (!Files.exists(directory)) {
          deleteAllIn(binaries); // An earlier version, or an incomplete one.
          Path incomplete = binaries.resolve("incomplete");
          unpack(archive, version, incomplete);
          Files.move(incomplete, directory, StandardCopyOption.ATOMIC_MOVE);
        }
        return new PostgresPrograms(directory);
      }
    }
  }

  private static void deleteAllIn(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      for (Path entry : entries.toList()) {
        deleteTree(entry);
      }
    }
  }

  private static void unpack(ZipInputStream archive, String version, Path target)
      throws IOException {
    for (ZipEntry entry = archive.getNextEntry(); entry != null; entry = archive.getNextEntry()) {
      String name = entry.getName().substring(version.length());
      if (name.equals(LINKS)) {
        for (String link : new String(archive.readAllBytes(), UTF_8).lines().toList()) {
          String[] names = link.split(" -> ", 2);
          Files.createSymbolicLink(target.resolve(names[0]), Path.of(names[1]));
        }
      } else {
        Path file = target.resolve(name);
        Files.createDirectories(file.resolve("..").normalize());
        Files.copy(archive, file);
        if (name.startsWith("bin/") && !file.toFile().setExecutable(true)) {
          throw new IOException(file + " cannot be made executable");
        }
      }
    }
  }

  /**
   * Runs a program until it ends.
   *
   * @param output file for the output of the program, and of the server that it starts
   * @throws IOException if it fails; the message contains the output
   * @throws InterruptedIOException if the thread is interrupted; the program is killed
   */
  void run(String program, List<String> arguments, Path output) throws IOException {
    List<String> command = new ArrayList<>();
    boolean isRoot = isRoot();
    if (isRoot) {
      command.addAll(List.of(USER_NAMESPACE, "-U"));
    }
    command.add(directory.resolve("bin").resolve(program).toString());
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().put("LC_ALL", "C"); // The language of messages.
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw isRoot ? rejectedRoot(e.toString()) : e;
    }
    try {
      int exit = process.waitFor();
      if (exit != 0) {
        String text = new String(Files.readAllBytes(output), UTF_8).strip();
        throw text.startsWith(USER_NAMESPACE)
            ? rejectedRoot(text)
            : new IOException("%s exited with code %d: %s".formatted(program, exit, text));
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while " + program + " ran");
    }
  }

  private static IOException rejectedRoot(String reason) {
    return new IOException(
        "PostgreSQL does not run as root, and no user namespace can be created ("
            + reason
            + "); run Paymeter as another user, or set database.url");
  }

  private static boolean isRoot() throws IOException {
    Path self = Path.of("/proc/self"); // Of Linux.
    return Files.exists(self) && Files.getAttribute(self, "unix:uid").equals(0);
  }

  static void deleteTree(Path root) throws IOException {
    if (Files.exists(root)) {
      try (Stream<Path> paths = Files.walk(root)) {
        for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }
}
