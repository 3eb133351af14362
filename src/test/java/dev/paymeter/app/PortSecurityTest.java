package dev.paymeter.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.paymeter.app.config.Settings;
import dev.paymeter.app.config.SettingsReader;
import dev.paymeter.metrics.PlatformMetrics;
import dev.paymeter.security.NewApiKey;
import dev.paymeter.support.LogLines;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class PortSecurityTest {
  private static final String LOGGER = PortSecurity.class.getName();

  @TempDir Path directory;
  private final Logger logger = (Logger) LoggerFactory.getLogger(LOGGER);

  @BeforeEach
  void logInfo() {
    logger.setLevel(Level.INFO);
  }

  @AfterEach
  void resetLevel() {
    logger.setLevel(null); // inherited
  }

  @Test
  void start_statesWhetherThisMachineIsTrusted() throws Exception {
    String keys =
        Files.writeString(
                directory.resolve("keys"), NewApiKey.generate("reader", "read", "never").line())
            .toString();
    String trust = "PAYMETER_MANAGEMENT_TRUST_LOCAL";

    assertThat(logged(Map.of()))
        .singleElement()
        .asString()
        .startsWith("INFO Every process on this machine, ");
    assertThat(logged(Map.of("PAYMETER_SECURITY_KEYS", keys, trust, "true")))
        .isEqualTo(logged(Map.of()));
    assertThat(logged(Map.of("PAYMETER_SECURITY_KEYS", keys)))
        .containsExactly(
            "INFO Operators of the management port need an API key, on this machine, too");
  }

  private static List<String> logged(Map<String, String> environment) throws Exception {
    Settings settings = SettingsReader.read(Optional.empty(), environment, false);
    try (PlatformMetrics metrics = new PlatformMetrics();
        LogLines log = LogLines.of(LOGGER)) {
      assertThat(new PortSecurity(settings, metrics).ownKey().isPresent())
          .isEqualTo(settings.keys().isPresent());
      return log.containing("");
    }
  }
}
