package dev.paymeter.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.bus.Addresses;
import dev.paymeter.http.ProblemType;
import dev.paymeter.payment.FailureCode;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The tables of problem types and bus addresses, compared with the code. */
class ReferenceTablesTest {
  private static final Path API = Page.DOCS.resolve("api");

  private static final Pattern DOCUMENTED_ADDRESS = Pattern.compile("`([a-z.]+\\.v1[a-z.]*)`");

  @Test
  void problemTypes_areThoseOfTheCode() {
    assertThat(
            Page.read(API.resolve("payments.md")).lines().stream()
                .filter(line -> line.startsWith("| `/problems/")))
        .containsExactly(
            Arrays.stream(ProblemType.values())
                .map(
                    type ->
                        "| `%s` | %s | %s |".formatted(type.url(), type.status(), type.meaning()))
                .toArray(String[]::new));
  }

  @Test
  void failureCodes_areThoseOfTheCode() {
    assertThat(
            Page.read(API.resolve("payments.md")).lines().stream()
                .dropWhile(line -> !line.startsWith("| `payment_declined`"))
                .limit(FailureCode.values().length))
        .containsExactly(
            Arrays.stream(FailureCode.values())
                .map(
                    code ->
                        "| `%s` | %s | %s |"
                            .formatted(code.label(), code.isDecline() ? 402 : 502, code.meaning()))
                .toArray(String[]::new));
  }

  @Test
  void failureCodes_areInTheDescriptionOfTheApi() throws IOException {
    Map<?, ?> description =
        (Map<?, ?>)
            new Load(LoadSettings.builder().build())
                .loadFromString(Files.readString(Path.of("src/main/resources/openapi.yaml")));
    Map<?, ?> schemas = (Map<?, ?>) ((Map<?, ?>) description.get("components")).get("schemas");

    assertThat((List<?>) ((Map<?, ?>) schemas.get("FailureCode")).get("examples"))
        .isEqualTo(Arrays.stream(FailureCode.values()).map(FailureCode::label).toList());
  }

  @Test
  void busAddresses_areThoseOfTheCode() throws IllegalAccessException {
    assertThat(firstColumns("events.md", DOCUMENTED_ADDRESS)).isEqualTo(addresses());
  }

  /** Returns the names in the first columns of a page's tables. */
  private static Set<String> firstColumns(String page, Pattern name) {
    return Page.read(API.resolve(page)).lines().stream()
        .filter(line -> line.startsWith("| "))
        .flatMap(line -> name.matcher(line.split("\\|")[1]).results())
        .map(found -> found.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> addresses() throws IllegalAccessException {
    Set<String> addresses = new TreeSet<>();
    for (Field field : Arrays.asList(Addresses.class.getDeclaredFields())) {
      field.setAccessible(true);
      if (field.getType() == String.class && ((String) field.get(null)).contains(".v1")) {
        addresses.add((String) field.get(null));
      }
    }
    return addresses;
  }
}
