package dev.paymeter;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.paymeter.metrics.Exposition;
import dev.paymeter.metrics.RecentPayments;
import dev.paymeter.metrics.Sampling;
import dev.paymeter.metrics.Trend;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.Pool;

/** The arrows of the architecture point inward, and libraries stay in their rooms. */
@AnalyzeClasses(packages = "dev.paymeter", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule arrowsPointInward =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("root")
          .definedBy("dev.paymeter")
          .layer("web")
          .definedBy("dev.paymeter.web..")
          .layer("bus")
          .definedBy("dev.paymeter.bus..")
          .layer("gateways")
          .definedBy("dev.paymeter.gateways..")
          .layer("cluster")
          .definedBy("dev.paymeter.cluster..")
          .layer("ledger")
          .definedBy("dev.paymeter.ledger..")
          .layer("metrics")
          .definedBy("dev.paymeter.metrics..")
          .layer("security")
          .definedBy("dev.paymeter.security..")
          .layer("payments")
          .definedBy("dev.paymeter.payments..")
          .whereLayer("root")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("web")
          .mayOnlyBeAccessedByLayers("root")
          .whereLayer("bus")
          .mayOnlyBeAccessedByLayers("root", "web")
          .whereLayer("gateways")
          .mayOnlyBeAccessedByLayers("root")
          .whereLayer("cluster")
          .mayOnlyBeAccessedByLayers("root")
          .whereLayer("ledger")
          .mayOnlyBeAccessedByLayers("root")
          .whereLayer("metrics")
          .mayOnlyBeAccessedByLayers("root", "web")
          .whereLayer("security")
          .mayOnlyBeAccessedByLayers("root", "web", "bus", "metrics")
          .whereLayer("payments")
          .mayOnlyBeAccessedByLayers("root", "web", "bus", "gateways", "ledger", "metrics");

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("dev.paymeter.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule logsKnowNobody =
      noClasses()
          .that()
          .resideInAPackage("dev.paymeter.logs..")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage("dev.paymeter..")
                  .and(not(resideInAnyPackage("dev.paymeter.logs.."))));

  @ArchTest
  static final ArchRule webKnowsOfMetricsOnlyWhatItShowsAndSets =
      noClasses()
          .that()
          .resideInAPackage("dev.paymeter.web..")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage("dev.paymeter.metrics..")
                  .and(
                      not(
                          belongToAnyOf(
                              Exposition.class,
                              RecentPayments.class,
                              Sampling.class,
                              Trend.class))));

  @ArchTest
  static final ArchRule paymentsKnowOnlyTheFuture =
      classes()
          .that()
          .resideInAPackage("dev.paymeter.payments..")
          .should()
          .onlyDependOnClassesThat(
              resideInAnyPackage(
                      "java..", "dev.paymeter.payments..", "org.slf4j..", "org.jspecify..")
                  .or(equivalentTo(Future.class))
                  .or(equivalentTo(Promise.class)));

  /** Others take it into applications of their own. */
  @ArchTest
  static final ArchRule publisherKnowsOnlyVertx =
      classes()
          .that()
          .resideInAPackage("dev.paymeter.publisher..")
          .should()
          .onlyDependOnClassesThat(
              resideInAnyPackage(
                  "java..", "dev.paymeter.publisher..", "io.vertx.core..", "org.jspecify.."))
          .andShould()
          .onlyHaveDependentClassesThat()
          .resideInAPackage("dev.paymeter.publisher..");

  @ArchTest
  static final ArchRule onlyMetricsUseMicrometer =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.paymeter.metrics..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.micrometer..", "io.prometheus..", "io.vertx.micrometer..");

  @ArchTest
  static final ArchRule onlyTheClusterKnowsHowItHoldsTogether =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.paymeter.cluster..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("com.hazelcast..", "io.vertx.spi.cluster..");

  @ArchTest
  static final ArchRule onlyTheLedgerUsesSql =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.paymeter.ledger..")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(
                      "io.vertx.sqlclient..",
                      "io.vertx.pgclient..",
                      "org.flywaydb..",
                      "org.postgresql..",
                      "io.zonky..",
                      "java.sql..")
                  .and(not(equivalentTo(Pool.class))));

  @ArchTest
  static final ArchRule onlyTheRootAndTheLedgerKnowThePool =
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.paymeter", "dev.paymeter.ledger..")
          .should()
          .dependOnClassesThat(equivalentTo(Pool.class));

  @ArchTest
  static final ArchRule nobodyReadsTheEnvironmentButTheCommandLine =
      noClasses()
          .that()
          .doNotHaveFullyQualifiedName("dev.paymeter.Main")
          .should()
          .callMethod(System.class, "getenv")
          .orShould()
          .callMethod(System.class, "getenv", String.class);
}
