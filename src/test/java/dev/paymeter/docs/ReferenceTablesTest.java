package dev.paymeter.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.bus.Addresses;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The tables of problem types and bus addresses, compared with the code. */
class ReferenceTablesTest {
  private static final Path SOURCES = Path.of("src", "main", "java");
  private static final Path API = Page.DOCS.resolve("api");

  /** A literal, or a constant, as the type of a problem. */
  private static final Pattern CREATED =
      Pattern.compile("(?:new Problem\\(\\s*\\w+,\\s*|of\\(error, )(?:\"([a-z-]+)\"|([A-Z_]+))");

  private static final Pattern DOCUMENTED_TYPE = Pattern.compile("`/problems/([a-z-]+)`");
  private static final Pattern DOCUMENTED_ADDRESS = Pattern.compile("`([a-z.]+\\.v1[a-z.]*)`");

  @Test
  void problemTypes_areThoseOfTheCode() throws IOException {
    assertThat(firstColumns("payments.md", DOCUMENTED_TYPE)).isEqualTo(problemTypes());
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

  private static Set<String> problemTypes() throws IOException {
    String source;
    try (Stream<Path> files = Files.walk(SOURCES)) {
      source =
          Files.readString(
              files.filter(file -> file.endsWith("Problem.java")).findAny().orElseThrow());
    }
    return CREATED
        .matcher(source)
        .results()
        .map(found -> found.group(1) != null ? found.group(1) : constant(source, found.group(2)))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String constant(String source, String name) {
    return Pattern.compile(name + " = \"([a-z-]+)\"")
        .matcher(source)
        .results()
        .findAny()
        .orElseThrow()
        .group(1);
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
