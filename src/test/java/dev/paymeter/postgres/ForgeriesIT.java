package dev.paymeter.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
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
  void verify_honestWork_raisesNoAlarm() throws SQLException {
    assertThat(new Forgeries(2).runHonestly(HONEST_STEPS)).hasSize(HONEST_STEPS);
  }
}
