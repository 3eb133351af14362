package dev.paymeter.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.audit.LedgerPosition;
import dev.paymeter.audit.Witness;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WitnessFileTest {
  private static final Witness WITNESS =
      new Witness(
          "paymeter-0",
          UUID.randomUUID(),
          "5f0c2a91",
          3,
          new LedgerPosition("7100000000000000001", "00000002", 41),
          "{\"errors_total\":[]}",
          List.of(UUID.randomUUID(), UUID.randomUUID()));

  @TempDir Path directory;

  private WitnessFile open(String instanceId) {
    return new WitnessFile(Optional.of(directory.resolve("witness")), instanceId);
  }

  @Test
  void last_afterARestart_isTheReplacedOne() {
    open("paymeter-0")
        .replace(
            new Witness(
                "paymeter-0", UUID.randomUUID(), "1", 1, WITNESS.position(), "{}", List.of()));
    open("paymeter-0").replace(WITNESS);

    assertThat(open("paymeter-0").last()).contains(WITNESS);
    assertThat(directory).isDirectoryContaining(file -> file.endsWith("witness"));
  }

  @Test
  void replace_file_isReadableByItsUserOnly() throws IOException {
    for (int i = 0; i < 2; i++) {
      open("paymeter-0").replace(WITNESS);

      assertThat(Files.getPosixFilePermissions(directory.resolve("witness")))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }
  }

  @Test
  void last_ofAnotherIdentity_isNone() {
    open("paymeter-0").replace(WITNESS);

    assertThat(open("paymeter-1").last()).isEmpty();
  }

  @Test
  void last_incompleteFile_isNone() throws IOException {
    Files.writeString(directory.resolve("witness"), "{\"instance\":\"paymeter-0\"");

    assertThat(open("paymeter-0").last()).isEmpty();
  }

  /** The scrape is served all the same. */
  @Test
  void replace_fileNotWritable_isKeptInMemory() {
    WitnessFile witness =
        new WitnessFile(Optional.of(directory.resolve("missing").resolve("witness")), "paymeter-0");

    witness.replace(WITNESS);

    assertThat(witness.last()).contains(WITNESS);
  }
}
