package dev.paymeter.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.audit.chain.ChainReport;
import dev.paymeter.audit.chain.Finding;
import dev.paymeter.security.SigningKey;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Some of the forgeries and honest runs of {@link ForgeriesRun}. */
class ForgeriesIT {
  private static final int FORGERIES = 90;
  private static final int HONEST_STEPS = 40;

  @Test
  void verify_forgeries_areDetectedAndLocated() throws SQLException {
    assertThat(new Forgeries(1).forge(FORGERIES))
        .hasSize(Forgeries.Kind.values().length)
        .containsValue(FORGERIES / Forgeries.Kind.values().length);
  }

  @Test
  void verify_rotatedKey_needsBothPublicKeys() throws SQLException {
    Random random = new Random(3);
    SigningKey next =
        SigningKey.parse(
            """
            -----BEGIN PRIVATE KEY-----
            MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
            -----END PRIVATE KEY-----
            """);
    try (ForgedLedger ledger = new ForgedLedger(Forgeries.key())) {
      ledger.start("host-0");
      ledger.settle("host-0", random, 3);
      ledger.sql("update closed_segments set rows = rows + 5000"); // Another page follows.
      ledger.rotate(next);
      ledger.start("host-0");
      ledger.settle("host-0", random, 3);
      ledger.sql("update closed_segments set rows = rows % 5000");

      ChainReport withBoth = ledger.verify(true, true);
      ChainReport withOne =
          ledger.verify(Map.of(next.publicKey().id(), next.publicKey()::verifies), List.of());

      assertThat(withBoth.findings()).isEmpty();
      assertThat(withBoth.signatures()).isEqualTo(2);
      assertThat(withOne.findings())
          .extracting(Finding::description)
          .containsExactly(
              "no public key with the id " + Forgeries.key().publicKey().id() + " was given");
    }
  }

  @Test
  void verify_honestWork_raisesNoAlarm() throws SQLException {
    assertThat(new Forgeries(2).runHonestly(HONEST_STEPS)).hasSize(HONEST_STEPS);
  }
}
