package dev.paymeter.app.config;

import ch.qos.logback.classic.Level;
import dev.paymeter.cluster.ClusterOptions;
import dev.paymeter.gateway.simulator.Simulator;
import dev.paymeter.http.server.ServerLimits;
import dev.paymeter.http.server.ServerTls;
import dev.paymeter.logging.LoggingSetup;
import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.ExchangeRates;
import dev.paymeter.payment.Routing;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All that can be set from outside. Read once at the start, checked once, passed on as values.
 *
 * @param keys the file of keys; absent where nobody is asked for one
 * @param instanceId the identity under which this instance's counters go on after a restart
 * @param cluster absent for an instance that is on its own
 * @param gateways by name
 * @param otlpEndpoint where traces go; absent for none
 * @param warnings what was odd and did no harm, for the log
 */
public record Settings(
    Http http,
    Management management,
    Optional<Path> keys,
    Database database,
    String instanceId,
    PaymentRules payments,
    Metrics metrics,
    Startup startup,
    Shutdown shutdown,
    Optional<ClusterOptions> cluster,
    Map<String, GatewayOptions> gateways,
    Simulator.Options simulator,
    Log log,
    Optional<String> otlpEndpoint,
    List<String> warnings) {

  /**
   * @param port 0 for any free one
   * @param bodyLimit most bytes of a request's body
   */
  public record Http(
      String host,
      int port,
      int bodyLimit,
      ServerLimits limits,
      Rate rate,
      Optional<ServerTls> tls) {}

  /**
   * How many requests one key may send to this instance.
   *
   * @param perSecond 0 for any number
   * @param burst at once, after a while without any
   */
  public record Rate(int perSecond, int burst) {}

  /**
   * @param port 0 for any free one
   */
  public record Management(String host, int port, ServerLimits limits, Optional<ServerTls> tls) {}

  /**
   * @param url absent for the embedded PostgreSQL
   * @param directory where the embedded one keeps its data
   * @param timeout longest wait for a connection and for one statement
   */
  public record Database(Optional<Secret> url, Path directory, int poolSize, Duration timeout) {}

  /**
   * @param exchangeRates as they were at the start
   * @param ratesFile where newer ones will stand; absent for those that come with the program
   * @param reloadInterval between two looks at that file
   * @param maxUsd the most that one payment may be, in US dollars
   * @param keyRequired whether a request to pay must have an idempotency key
   * @param keyRetention how long an idempotency key is kept at least
   * @param routing where orders go that name no gateway
   */
  public record PaymentRules(
      AllowedValues allowedValues,
      ExchangeRates exchangeRates,
      Optional<Path> ratesFile,
      Duration reloadInterval,
      BigDecimal maxUsd,
      boolean keyRequired,
      Duration keyRetention,
      Routing routing) {
    public List<Currency> currencies() {
      return allowedValues.currencies().stream().map(Currency::getInstance).toList();
    }
  }

  /**
   * @param systemInterval between two readings of the machine's memory and CPU
   * @param auditInterval between two comparisons of the counters with the ledger
   * @param samplingRate share of low-level observations that is recorded, above 0 to 1
   * @param labelLimit distinct values for each open label
   * @param businessEvents the words of business events that are expected
   * @param operations of other services, that are expected
   * @param connections pools of other services, {@code database/pool}, that may be reported
   */
  public record Metrics(
      int batchSize,
      Duration flushInterval,
      int queueCapacity,
      Duration systemInterval,
      Duration auditInterval,
      double samplingRate,
      int labelLimit,
      List<String> businessEvents,
      List<String> operations,
      List<String> connections) {}

  /**
   * @param firstScrapeTimeout longest wait for a scrape before anything is counted; zero for none
   */
  public record Startup(Duration firstScrapeTimeout) {}

  /**
   * @param grace how long requests are still served after readiness is off
   * @param deadline longest wait for what is in flight
   * @param lastScrapeTimeout longest wait for a scrape of the final values
   */
  public record Shutdown(Duration grace, Duration deadline, Duration lastScrapeTimeout) {}

  public record Log(LoggingSetup.Format format, Level level) {}

  /** A value that is never printed. */
  public record Secret(String value) {
    @Override
    public String toString() {
      return "***";
    }
  }
}
