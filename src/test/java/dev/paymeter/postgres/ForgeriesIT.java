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

  private static ForgedLedger ledger() throws SQLException {
    Random random = new Random(4);
    ForgedLedger ledger = new ForgedLedger(Forgeries.key());
    ledger.start("host-0");
    ledger.settle("host-0", random, 6);
    ledger.settle("host-0", random, 6);
    return ledger;
  }

  /** Regression: nothing was compared with chains that were scraped in an earlier generation. */
  @Test
  void verify_generationWithoutALoss_excusesNothing() throws SQLException {
    try (ForgedLedger ledger = ledger()) {
      ledger.sql(
          """
          insert into generations (reason) values ('went back');
          update payments set amount = amount + 1;
          update closed_segments c
          set generation = ledger_generation(), (rows, cents, chain, row_hashes) = (
            select r.rows, r.cents, r.chain, r.row_hashes from rows_of_segments(c.instance_id,
              c.from_epoch, c.from_segment, c.epoch, c.segment, c.previous) r)
          """);

      assertThat(ledger.verify(false, true).findings())
          .extracting(Finding::kind)
          .containsExactly(Finding.Kind.SCRAPE);
    }
  }

  /** Regression: the hash of erased values stood for any other ones. */
  @Test
  void verify_valuesWrittenOverErasedOnes_areFound() throws SQLException {
    try (ForgedLedger ledger = ledger()) {
      String id = ledger.value("select id from payments order by id limit 1");
      ledger.value("select erase_personal_values(array['%s'::uuid])".formatted(id));
      assertThat(ledger.verify(true, true).findings()).isEmpty();

      ledger.sql("update payments set user_id = 'another' where id = '%s'".formatted(id));

      assertThat(ledger.verify(false, false).findings())
          .extracting(Finding::row)
          .containsExactly("payment " + id);
    }
  }

  @Test
  void verify_rowsOfUnknownInstances_areFound() throws SQLException {
    try (ForgedLedger ledger = ledger()) {
      ledger.sql(
          """
          update refunds set failed_at = now(), failure_type = 'x', failure_code = 'x',
            failure_message = 'x', failure_instance_id = 'ghost', failure_epoch = 1,
            failure_segment = 1
          """);

      assertThat(ledger.verify(false, false).findings())
          .extracting(Finding::instanceId)
          .containsExactly("ghost");
    }
  }

  /** Regression: the column was enough. */
  @Test
  void verify_acceptedWithoutAcknowledgement_isFound() throws SQLException {
    try (ForgedLedger ledger = ledger()) {
      ledger.sql(
          """
          update payments set amount = amount + 1;
          update closed_segments c set accepted = (
            select r.chain from rows_of_segments(c.instance_id, c.from_epoch, c.from_segment,
              c.epoch, c.segment, c.previous) r)
          """);

      assertThat(ledger.verify(false, false).findings())
          .extracting(Finding::kind)
          .containsExactly(Finding.Kind.ROW_CHANGED);
    }
  }

  @Test
  void verify_honestWork_raisesNoAlarm() throws SQLException {
    assertThat(new Forgeries(2).runHonestly(HONEST_STEPS)).hasSize(HONEST_STEPS);
  }
}
