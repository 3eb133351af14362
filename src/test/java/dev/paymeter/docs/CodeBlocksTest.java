package dev.paymeter.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.vertx.core.json.Json;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Java and JSON in the documentation. {@link CommandsIT} runs the commands. */
class CodeBlocksTest {
  private static final String CLASS = "public class Shop ";

  /** The context of a snippet that is not a whole file. */
  private static final String SNIPPET =
      """
      import dev.paymeter.publisher.*;
      import io.vertx.core.Vertx;
      import io.vertx.core.eventbus.DeliveryOptions;
      import io.vertx.core.json.JsonObject;
      import java.math.BigDecimal;
      import java.time.Duration;
      import java.util.Currency;
      import org.slf4j.Logger;

      public class Shop {
        void run(Vertx vertx, Logger log) {
      %s
        }
      }
      """;

  @TempDir Path classes;

  private static Stream<Page> pages() {
    return Page.all().stream();
  }

  @Test
  void java_ofAllPages_compiles() {
    List<String> sources =
        pages()
            .flatMap(page -> page.blocks().stream())
            .filter(is("java"))
            .map(this::source)
            .toList();

    assertThat(sources).isNotEmpty().allSatisfy(source -> assertThat(compile(source)).isEmpty());
  }

  @ParameterizedTest
  @MethodSource("pages")
  void json_ofAPage_isWellFormed(Page page) {
    page.blocks().stream()
        .filter(is("json"))
        .forEach(
            block ->
                assertThatCode(() -> Json.decodeValue(block.text()))
                    .as("line %s", block.line())
                    .doesNotThrowAnyException());
  }

  private static java.util.function.Predicate<Page.Block> is(String language) {
    return block -> block.info().split(" ")[0].equals(language);
  }

  private String source(Page.Block block) {
    return block.text().contains(CLASS) ? block.text() : SNIPPET.formatted(block.text());
  }

  /** Returns the errors. */
  private String compile(String source) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter errors = new StringWriter();
    JavaFileObject file =
        new SimpleJavaFileObject(URI.create("string:///Shop.java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    List<String> options =
        List.of(
            "-proc:none",
            "-d",
            classes.toString(),
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    boolean compiled = compiler.getTask(errors, null, null, options, null, List.of(file)).call();
    return compiled ? "" : errors.toString();
  }
}
