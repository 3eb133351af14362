package dev.paymeter.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.metrics.registry.Meters;
import dev.paymeter.payment.port.AccountRegistry.MissingAccount;
import dev.paymeter.payment.port.AccountRegistry.Total;
import dev.paymeter.support.payment.ManualClock;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class MissingAccountMetersTest {
  private final Meters meters = new Meters();
  private final ManualClock clock = new ManualClock();
  private final MissingAccountMeters missingAccountMeters =
      new MissingAccountMeters(change -> change.accept(meters), clock);

  private MissingAccount missing(String account, long count) {
    return new MissingAccount(
        "stripe",
        account,
        clock.instant(),
        new Total(count - 1, new BigDecimal("12.00")),
        Total.NONE,
        new Total(1, new BigDecimal("0.50")));
  }

  private PipelineScrape scrape() {
    return PipelineScrape.of(meters.snapshot());
  }

  @Test
  void snapshot_noMissingAccount_hasNoMeters() {
    missingAccountMeters.show(List.of());

    assertThat(scrape().samples().keySet())
        .noneMatch(series -> series.startsWith("paymeter_missing"));
  }

  @Test
  void show_missingAccounts_haveCountAgeAndAmount() {
    missingAccountMeters.show(List.of(missing("acct_1", 3), missing("", 1)));
    clock.advance(Duration.ofSeconds(50));

    assertThat(scrape().samples())
        .containsEntry(
            "paymeter_missing_account_transfers{account=\"acct_1\",gateway=\"stripe\"}", 3.0)
        .containsEntry(
            "paymeter_missing_account_transfers_oldest_seconds{account=\"acct_1\",gateway=\"stripe\"}",
            50.0)
        .containsEntry(
            "paymeter_missing_account_transfers_usd{account=\"acct_1\",gateway=\"stripe\"}", 12.5)
        .containsEntry(
            "paymeter_missing_account_transfers{account=\"none\",gateway=\"stripe\"}", 1.0);
  }

  @Test
  void snapshot_ledgerNotRead_isNotANumber() {
    missingAccountMeters.show(List.of(missing("acct_1", 3)));
    clock.advance(Duration.ofSeconds(61));

    assertThat(scrape().samples())
        .containsEntry(
            "paymeter_missing_account_transfers{account=\"acct_1\",gateway=\"stripe\"}",
            Double.NaN);
  }

  @Test
  void show_accountThatAnInstanceHasAgain_isRemoved() {
    missingAccountMeters.show(List.of(missing("acct_1", 3), missing("acct_2", 1)));

    missingAccountMeters.show(List.of(missing("acct_2", 5)));

    assertThat(scrape().series("paymeter_missing_account_transfers"))
        .containsExactly(
            "paymeter_missing_account_transfers{account=\"acct_2\",gateway=\"stripe\"}");
    assertThat(scrape().samples())
        .containsEntry(
            "paymeter_missing_account_transfers{account=\"acct_2\",gateway=\"stripe\"}", 5.0);

    missingAccountMeters.show(List.of(missing("acct_1", 2)));

    assertThat(scrape().samples())
        .containsEntry(
            "paymeter_missing_account_transfers{account=\"acct_1\",gateway=\"stripe\"}", 2.0);
  }
}
