package dev.paymeter.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.NpmPackages;
import dev.paymeter.support.RequiredPrograms;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.service.ServiceJar;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.json.pointer.JsonPointer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Linters and generators of other projects, with openapi.yaml: {@code mvn -Popenapi verify}. */
class OpenApiToolsRun {
  private static final Path DESCRIPTION =
      Path.of("src", "main", "resources", "openapi.yaml").toAbsolutePath();

  /** The generator, and what its client in Java needs in addition to the libraries in it. */
  private static final Path JARS = Path.of("target", "openapi-generator").toAbsolutePath();

  private static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));

  /** Members that differ from run to run. */
  private static final Set<String> VARIABLE =
      Set.of(
          "id",
          "transaction_id",
          "payment_id",
          "reference",
          "created_at",
          "settled_at",
          "changed_at",
          "respond_by",
          "expires_at",
          "authorization_expires_at",
          "at",
          "duration",
          "next");

  private static Path directory;

  @BeforeAll
  static void installPackages() {
    directory = NpmPackages.install(Path.of("src", "test", "clients")).toAbsolutePath();
  }

  @Test
  void redocly_recommendedRules_findNothing() throws Exception {
    String result = run(tool("redocly"), "lint", "--format=json", DESCRIPTION.toString());

    assertThat(new JsonObject(result.substring(result.indexOf('{'))).getJsonObject("totals"))
        .isEqualTo(new JsonObject().put("errors", 0).put("warnings", 0).put("ignored", 0));
  }

  @Test
  void spectral_recommendedRules_findNothing() throws Exception {
    run(tool("spectral"), "lint", "--fail-severity=hint", DESCRIPTION.toString());
  }

  @Test
  void openapiTypescript_payments_areAUnionByStatus() throws Exception {
    run(tool("openapi-typescript"), DESCRIPTION.toString(), "-o", "schema.ts");

    compileTypescript("union.ts");
  }

  @Test
  void generatedClients_makeTheSameCalls() throws Exception {
    String python = python();
    JsonArray calls = new JsonArray(Files.readString(directory.resolve("calls.json")));
    calls.getJsonObject(0).put("expected", new JsonObject().put("", Files.readString(DESCRIPTION)));

    List<JsonObject> java = results(javaClient());
    List<JsonObject> inPython = results(pythonClient(python));
    List<JsonObject> typescript = results(typescriptClient());

    for (List<JsonObject> results : List.of(java, inPython, typescript)) {
      assertThat(results).hasSameSizeAs(calls);
      for (int i = 0; i < calls.size(); i++) {
        assertExpected(calls.getJsonObject(i), results.get(i));
      }
    }
    java.forEach(OpenApiToolsRun::removeVariable);
    inPython.forEach(OpenApiToolsRun::removeVariable);
    typescript.forEach(OpenApiToolsRun::removeVariable);
    assertThat(inPython).isEqualTo(java);
    assertThat(typescript).isEqualTo(java);
  }

  /** Compares the status and those members of the result that the call names, by JSON pointers. */
  private static void assertExpected(JsonObject call, JsonObject result) {
    assertThat(result.getInteger("status"))
        .as("%s: %s", call, result)
        .isEqualTo(call.getInteger("status"));
    JsonObject expected = call.getJsonObject("expected");
    assertThat(expected).as("%s", call).isNotEmpty();
    for (Map.Entry<String, Object> member : expected) {
      assertThat(JsonPointer.from("/result" + member.getKey()).queryJson(result))
          .as("%s of %s: %s", member.getKey(), call, result)
          .isEqualTo(member.getValue());
    }
  }

  private static List<String> javaClient() throws Exception {
    Path client = generate("java", "--library=native");
    List<String> sources = new ArrayList<>(List.of("Calls.java"));
    try (Stream<Path> files = Files.walk(client.resolve(Path.of("src", "main", "java")))) {
      files.map(Path::toString).filter(file -> file.endsWith(".java")).forEach(sources::add);
    }
    Path arguments = Files.write(client.resolve("sources"), sources);
    String classes = client.resolve("classes").toString();
    String classpath = classes + ":" + JARS + "/*";
    run(jdk("javac"), "-nowarn", "-d", classes, "-cp", classpath, "@" + arguments);
    return List.of(jdk("java"), "-cp", classpath, "Calls");
  }

  private static List<String> pythonClient(String python) throws Exception {
    return List.of("env", "PYTHONPATH=" + generate("python"), python, "calls.py");
  }

  private static List<String> typescriptClient() throws Exception {
    generate("typescript-fetch");
    compileTypescript("calls.ts");
    return List.of("node", "compiled/calls.js");
  }

  private static String python() {
    return RequiredPrograms.pythonWith(
            "pydantic_core, urllib3, dateutil", "pip install -r src/test/clients/requirements.txt")
        .toString();
  }

  private static void compileTypescript(String file) throws Exception {
    run(
        tool("tsc"),
        "--strict",
        "--skipLibCheck",
        "--target",
        "es2022",
        "--module",
        "commonjs",
        "--outDir",
        "compiled",
        "--resolveJsonModule",
        "--esModuleInterop",
        file);
  }

  /** Generates a client with the defaults of its generator. */
  private static Path generate(String generator, String... options) throws Exception {
    Path client = directory.resolve(generator);
    List<String> command = new ArrayList<>();
    command.addAll(List.of(jdk("java"), "-jar", JARS + "/openapi-generator-cli.jar", "generate"));
    command.addAll(List.of("-g", generator, "-i", DESCRIPTION.toString(), "-o", generator));
    command.addAll(List.of(options));
    run(command.toArray(String[]::new));
    try (Stream<Path> files = Files.walk(client)) {
      assertThat(files).noneMatch(file -> file.getFileName().toString().contains("InlineObject"));
    }
    return client;
  }

  /** Returns what a client prints about its calls to a new service. */
  private static List<JsonObject> results(List<String> client) throws Exception {
    Map<String, String> settings =
        Map.of(
            "database.url",
            TestPostgres.newDatabase(),
            "simulator.seed",
            "153",
            "simulator.failure-rate",
            "0.1");
    try (ServiceJar service =
        ServiceJar.start(Files.createTempDirectory(directory, "service"), settings)) {
      List<String> command = new ArrayList<>(client);
      command.add(service.api("").toString());
      return run(command.toArray(String[]::new)).lines().map(JsonObject::new).toList();
    }
  }

  /** Also removes empty objects: the client in Java has one in place of absent metadata. */
  private static void removeVariable(Object any) {
    if (any instanceof JsonArray array) {
      array.forEach(OpenApiToolsRun::removeVariable);
    } else if (any instanceof JsonObject object) {
      object.getMap().keySet().removeAll(VARIABLE);
      object.getMap().values().removeIf(value -> value == null || Map.of().equals(value));
      object.forEach(member -> removeVariable(member.getValue()));
    }
  }

  private static String tool(String name) {
    return "node_modules/.bin/" + name;
  }

  private static String jdk(String program) {
    return JAVA_HOME.resolve(Path.of("bin", program)).toString();
  }

  /** Returns the output of a program that has succeeded. */
  private static String run(String... command) throws IOException, InterruptedException {
    Path errors = Files.createTempFile(directory, "errors", ".log");
    ProcessBuilder program =
        new ProcessBuilder(command).directory(directory.toFile()).redirectError(errors.toFile());
    program.environment().put("REDOCLY_TELEMETRY", "off");
    Process process = program.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor())
        .as("%s%n%s%n%s", String.join(" ", command), output, Files.readString(errors))
        .isZero();
    return output;
  }
}
