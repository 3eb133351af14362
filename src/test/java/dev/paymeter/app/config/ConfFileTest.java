package dev.paymeter.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Checks that conf/paymeter.yaml, which documents the settings, is complete and correct. */
class ConfFileTest {
  private static final Path CONF = Path.of("conf", "paymeter.yaml");

  /** A key, possibly commented out; the first word of prose in comments has no colon. */
  private static final Pattern KEY = Pattern.compile("( *)(# )?( *)([a-z][a-z-]*):( .*)?");

  @Test
  void activeValues_equalTheDefaults() throws Exception {
    // The seed is the only setting with a random default.
    Map<String, String> seeded = Map.of("PAYMETER_SIMULATOR_SEED", "1");

    assertThat(SettingsReader.read(Optional.of(CONF), seeded, true))
        .usingRecursiveComparison()
        .isEqualTo(SettingsReader.read(Optional.empty(), seeded, true));
  }

  @Test
  void keys_includingCommentedOnes_areComplete() throws Exception {
    ConfigSource source = new ConfigSource(Optional.empty(), Map.of());
    new SettingsReader(source, true, true).read();

    assertThat(mentionedKeys()).isEqualTo(new TreeSet<>(source.knownKeys()));
  }

  private static Set<String> mentionedKeys() throws IOException {
    Set<String> keys = new TreeSet<>();
    Deque<String> sections = new ArrayDeque<>();
    for (String line : Files.readAllLines(CONF)) {
      Matcher key = KEY.matcher(line);
      if (!key.matches()) {
        continue;
      }
      int depth = (key.group(1).length() + key.group(3).length()) / 2;
      while (sections.size() > depth) {
        sections.removeLast();
      }
      sections.addLast(key.group(4));
      boolean isSection = key.group(5) == null;
      if (!isSection) {
        keys.add(String.join(".", sections));
      }
    }
    return keys;
  }
}
