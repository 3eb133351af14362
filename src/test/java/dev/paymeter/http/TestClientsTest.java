package dev.paymeter.http;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.paymeter.cluster.ClusterEntryIT;
import dev.paymeter.resilience.ExhaustionIT;
import dev.paymeter.resilience.ProcessIT;
import dev.paymeter.support.RawHttp;
import dev.paymeter.support.http.TestHttp;
import dev.paymeter.support.ledger.LedgerProxy;
import java.net.Socket;
import java.net.http.HttpClient;
import java.nio.channels.SocketChannel;

/** Tests use only API clients that compare the exchanges with the description. */
@AnalyzeClasses(packages = "dev.paymeter", importOptions = ImportOption.OnlyIncludeTests.class)
class TestClientsTest {
  /**
   * Exceptions: they call other servers; {@link LimitsIT}, {@link ExhaustionIT} and {@code
   * ConnectionGuardTest} do not read the responses, and {@link TlsIT} only counts them; {@link
   * ProcessIT} opens connections without a request.
   */
  private static final DescribedPredicate<JavaClass> EXEMPT =
      belongToAnyOf(
              RawHttp.class,
              LedgerProxy.class,
              LimitsIT.class,
              ExhaustionIT.class,
              ClusterEntryIT.class,
              ProcessIT.class,
              TlsIT.class)
          .or(equivalentTo(TestClientsTest.class))
          .or(simpleName("PlatformMetricsTest"))
          .or(simpleName("ScrapeHarmIT"))
          .or(belongToAnyOf(ServerSentEventsTest.class))
          .or(simpleName("ConsoleSourceTest"))
          .or(simpleName("ConnectionGuardTest"))
          .or(simpleName("FakeStripe"))
          .or(simpleName("StripeGatewayTest"));

  @ArchTest
  static final ArchRule onlyOneMakesClients =
      noClasses()
          .that()
          .doNotBelongToAnyOf(TestHttp.class)
          .should()
          .callMethod(HttpClient.class, "newHttpClient")
          .orShould()
          .callMethod(HttpClient.class, "newBuilder")
          .because("TestHttp.client() checks what is said");

  @ArchTest
  static final ArchRule fewOpenConnections =
      noClasses()
          .that(DescribedPredicate.not(EXEMPT))
          .should()
          .dependOnClassesThat(
              belongToAnyOf(Socket.class, SocketChannel.class)
                  .or(assignableTo(io.vertx.core.http.HttpClient.class))
                  .or(assignableTo(java.net.HttpURLConnection.class)))
          .because("RawHttp and TestHttp check what is said");
}
