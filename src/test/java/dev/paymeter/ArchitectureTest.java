package dev.paymeter;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.paymeter.publisher.PaymeterCluster;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.Pool;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The rules of the package layout that src/docs/internals/architecture.md draws: dependencies point
 * inward, and each library is used in one package.
 */
@AnalyzeClasses(packages = "dev.paymeter", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final int MANY_FILES = 20;

  /** The top-level packages, each with those that it may import. Only app may import all. */
  private static final Map<String, String> IMPORTS =
      Map.ofEntries(
          Map.entry("http", "bus json metrics payment report security webhook"),
          Map.entry("bus", "json logging payment report security"),
          Map.entry("postgres", "audit payment report settlement webhook"),
          Map.entry("gateway", "payment settlement"),
          Map.entry("metrics", "audit payment report security settlement webhook"),
          Map.entry("cluster", ""),
          Map.entry("audit", "payment"),
          Map.entry("report", "payment"),
          Map.entry("settlement", "payment"),
          Map.entry("payment", ""),
          Map.entry("webhook", "json payment security"),
          Map.entry("json", "payment security"),
          Map.entry("security", ""),
          Map.entry("logging", ""),
          Map.entry("publisher", ""));

  @ArchTest
  static void packages_importOnlyWhatTheLayoutAllows(JavaClasses all) {
    IMPORTS.forEach(
        (name, allowed) -> {
          String[] allowedPackages =
              Stream.concat(Stream.of(name), Arrays.stream(allowed.split(" ")))
                  .filter(each -> !each.isEmpty())
                  .map(each -> "dev.paymeter." + each + "..")
                  .toArray(String[]::new);
          noClasses()
              .that()
              .resideInAPackage("dev.paymeter." + name + "..")
              .should()
              .dependOnClassesThat(
                  resideInAnyPackage("dev.paymeter..")
                      .and(not(resideInAnyPackage(allowedPackages))))
              .check(all);
        });
  }

  /** Vert.x may change these in a patch release; nothing else reaches what these packages limit. */
  @ArchTest
  static final ArchRule implementationOfVertx_isUsedInThreePackages =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "dev.paymeter.http.server", "dev.paymeter.cluster", "dev.paymeter.postgres.server")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.vertx..impl..");

  @ArchTest
  static final ArchRule topPackages_dependencies_haveNoCycle =
      slices().matching("dev.paymeter.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule packages_dependencies_haveNoCycle =
      slices().matching("dev.paymeter.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule domain_dependencies_areJavaAndFutures =
      classes()
          .that()
          .resideInAnyPackage(
              "dev.paymeter.payment..",
              "dev.paymeter.report..",
              "dev.paymeter.settlement..",
              "dev.paymeter.audit..")
          .should()
          .onlyDependOnClassesThat(
              resideInAnyPackage(
                      "java..",
                      "javax.crypto..",
                      "dev.paymeter.payment..",
                      "dev.paymeter.report..",
                      "dev.paymeter.settlement..",
                      "dev.paymeter.audit..",
                      "org.slf4j..",
                      "org.jspecify..")
                  .or(equivalentTo(Future.class))
                  .or(equivalentTo(Promise.class)));

  /** Applications take the publisher into their own class path. */
  @ArchTest
  static final ArchRule publisher_dependencies_areVertxOnly =
      classes()
          .that()
          .resideInAPackage("dev.paymeter.publisher..")
          .and(not(equivalentTo(PaymeterCluster.class)))
          .should()
          .onlyDependOnClassesThat(
              resideInAnyPackage(
                  "java..", "dev.paymeter.publisher..", "io.vertx.core..", "org.jspecify.."))
          .andShould()
          .onlyHaveDependentClassesThat()
          .resideInAPackage("dev.paymeter.publisher..");

  @ArchTest
  static final ArchRule micrometer_users_areMetrics =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.paymeter.metrics..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.micrometer..", "io.prometheus..", "io.vertx.micrometer..");

  @ArchTest
  static final ArchRule hazelcast_users_areCluster =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.paymeter.cluster..")
          .and(not(equivalentTo(PaymeterCluster.class)))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("com.hazelcast..", "io.vertx.spi.cluster..");

  /** The composition hands pools from the database to the adapters, and does nothing with them. */
  @ArchTest
  static final ArchRule sql_users_arePostgres =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.paymeter.postgres..")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(
                      "io.vertx.sqlclient..",
                      "io.vertx.pgclient..",
                      "org.flywaydb..",
                      "org.postgresql..",
                      "java.sql..")
                  .and(not(equivalentTo(Pool.class))));

  @ArchTest
  static final ArchRule pool_users_areAppAndPostgres =
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.paymeter.app", "dev.paymeter.postgres..")
          .should()
          .dependOnClassesThat(equivalentTo(Pool.class));

  @ArchTest
  static final ArchRule queueAndAuditedMeters_users_areMetrics =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.paymeter.metrics..")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage("dev.paymeter.metrics.queue", "dev.paymeter.metrics.audited")
                  .and(not(nameMatching(".*\\.(Sampling|Lanes|StripedQueue)(\\$.*)?"))));

  @ArchTest
  static final ArchRule environment_readers_areMain =
      noClasses()
          .that()
          .doNotHaveFullyQualifiedName("dev.paymeter.Main")
          .should()
          .callMethod(System.class, "getenv")
          .orShould()
          .callMethod(System.class, "getenv", String.class);

  /** Reports large packages, which are candidates for a split; the build does not fail. */
  @ArchTest
  static void packages_files_arePrintedWhenMany(JavaClasses all) {
    Map<String, Long> files =
        all.stream()
            .filter(JavaClass::isTopLevelClass)
            .collect(
                Collectors.groupingBy(
                    JavaClass::getPackageName, TreeMap::new, Collectors.counting()));
    files.forEach(
        (name, count) -> {
          if (count > MANY_FILES) {
            System.out.println(name + " has " + count + " files; more than " + MANY_FILES);
          }
        });
  }
}
