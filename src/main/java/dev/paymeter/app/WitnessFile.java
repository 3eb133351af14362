package dev.paymeter.app;

import dev.paymeter.app.config.FileProblem;
import dev.paymeter.audit.LedgerPosition;
import dev.paymeter.audit.Witness;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Witness of one identity in memory, and in a file if one is configured. The file is replaced
 * atomically, and is durable before the response to a scrape is sent: Prometheus never has values
 * that are newer. Safe from any thread.
 */
final class WitnessFile implements Witness.Store {
  private static final Logger log = LoggerFactory.getLogger(WitnessFile.class);

  private final Optional<Path> file;
  private @Nullable Witness last;
  private boolean hasFailed;

  /** Reads the file if it exists and belongs to the identity. */
  WitnessFile(Optional<Path> file, String instanceId) {
    this.file = file.map(Path::toAbsolutePath);
    this.last =
        this.file
            .filter(Files::exists)
            .flatMap(WitnessFile::read)
            .filter(witness -> witness.instanceId().equals(instanceId))
            .orElse(null);
  }

  private static Optional<Witness> read(Path file) {
    try {
      return Optional.of(read(new JsonObject(Files.readString(file))));
    } catch (IOException | RuntimeException e) {
      log.error(
          "database.witness-file: expected a witness, found {} in {}",
          FileProblem.describe(e),
          file);
      return Optional.empty();
    }
  }

  private static Witness read(JsonObject json) {
    return new Witness(
        json.getString("instance"),
        UUID.fromString(json.getString("ledger")),
        json.getString("generation"),
        json.getInteger("epoch"),
        new LedgerPosition(
            json.getString("system"), json.getString("timeline"), json.getLong("renewals")),
        json.getJsonObject("totals").encode(),
        json.getJsonArray("recent").stream().map(id -> UUID.fromString((String) id)).toList());
  }

  private static String write(Witness witness) {
    JsonArray recent = new JsonArray();
    witness.recent().forEach(id -> recent.add(id.toString()));
    return new JsonObject()
        .put("instance", witness.instanceId())
        .put("ledger", witness.ledger().toString())
        .put("generation", witness.generation())
        .put("epoch", witness.epoch())
        .put("system", witness.position().system())
        .put("timeline", witness.position().timeline())
        .put("renewals", witness.position().renewals())
        .put("totals", new JsonObject(witness.totals()))
        .put("recent", recent)
        .encode();
  }

  @Override
  public synchronized Optional<Witness> last() {
    return Optional.ofNullable(last);
  }

  @Override
  public synchronized void replace(Witness witness) {
    last = witness;
    file.ifPresent(path -> replace(path, write(witness)));
  }

  private void replace(Path path, String content) {
    try {
      Path next = path.resolveSibling(path.getFileName() + ".next");
      Files.deleteIfExists(next);
      createPrivate(next);
      Files.writeString(next, content, StandardOpenOption.WRITE, StandardOpenOption.SYNC);
      Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      hasFailed = false;
    } catch (IOException e) {
      if (!hasFailed) {
        log.error(
            "database.witness-file: expected a writable file, found {}", FileProblem.describe(e));
      }
      hasFailed = true;
    }
  }

  /** Creates a file that only the user of the process can read and write. */
  private static void createPrivate(Path file) throws IOException {
    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } else {
      Files.createFile(file);
    }
  }
}
