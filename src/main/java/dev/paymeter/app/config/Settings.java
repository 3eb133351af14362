package dev.paymeter.app.config;

import ch.qos.logback.classic.Level;
import dev.paymeter.cluster.ClusterOptions;
import dev.paymeter.cluster.NetworkRanges;
import dev.paymeter.gateway.ResilientGateway;
import dev.paymeter.gateway.paypal.PayPalOptions;
import dev.paymeter.gateway.simulator.Simulator;
import dev.paymeter.gateway.stripe.StripeOptions;
import dev.paymeter.http.server.ServerLimits;
import dev.paymeter.http.server.ServerTls;
import dev.paymeter.logging.LoggingSetup;
import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.ExchangeRates;
import dev.paymeter.payment.Routing;
import dev.paymeter.payment.service.ManualSettlementService;
import dev.paymeter.security.SigningKey;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Settings of the service, read once at the start and passed on as values.
 *
 * @param keys file of API keys; empty if the API requires none
 * @param instanceId identity under which the counters of this instance continue after a restart
 * @param cluster empty for a single instance
 * @param gateways by name
 * @param otlpEndpoint URL to which traces are exported
 * @param warnings for the log
 */
public record Settings(
    Http http,
    Management management,
    Optional<Path> keys,
    Database database,
    String instanceId,
    PaymentRules payments,
    Webhooks webhooks,
    Metrics metrics,
    Startup startup,
    Shutdown shutdown,
    Optional<ClusterOptions> cluster,
    Map<String, Gateway> gateways,
    Simulator.Options simulator,
    Log log,
    Optional<String> otlpEndpoint,
    List<String> warnings) {

  /** Returns the ports of the API and of management. */
  public List<ListeningPort> servers() {
    return List.of(
        new ListeningPort("http.port", http.host(), http.port()),
        new ListeningPort("management.port", management.host(), management.port()));
  }

  /**
   * @param port 0 for any free port
   * @param bodyLimit maximum size of a request's body, in bytes
   */
  public record Http(
      String host,
      int port,
      int bodyLimit,
      ServerLimits limits,
      Rate rate,
      Optional<ServerTls> tls) {}

  /**
   * Limit of the requests with one API key to this instance.
   *
   * @param perSecond 0 for no limit
   * @param burst requests at once after an idle period
   */
  public record Rate(int perSecond, int burst) {}

  /**
   * @param port 0 for any free port
   * @param isLocalTrusted whether operators on this machine need no key although keys are
   *     configured
   */
  public record Management(
      String host,
      int port,
      boolean isLocalTrusted,
      ServerLimits limits,
      Optional<ServerTls> tls) {}

  /**
   * @param url empty for the embedded PostgreSQL
   * @param passwordFile file with the password of the URL's user; watched for a new one
   * @param signingKey signs the hash chain of the ledger's rows; empty if it is not signed
   * @param directory data directory of the embedded PostgreSQL
   * @param witnessFile file that keeps what the last scrape showed; empty for none
   * @param searchWindow how long before the newest payment the search for lost ones begins
   * @param timeout maximum wait for a connection, and for one statement
   */
  public record Database(
      Optional<Secret> url,
      Optional<Path> passwordFile,
      Optional<SigningKey> signingKey,
      Path directory,
      Optional<Path> witnessFile,
      Duration searchWindow,
      int poolSize,
      Duration timeout) {}

  /**
   * @param exchangeRates rates at the start
   * @param ratesFile file that is watched for new rates; empty for the rates in the program
   * @param reloadInterval between two checks of that file
   * @param maxUsd maximum of one payment, in US dollars
   * @param isKeyRequired whether a payment request must have an idempotency key
   * @param authenticationTimeout time from accepting an order, in which the payer has to act
   * @param keyRetention minimum time for idempotency records
   * @param personalRetention time after which personal values are erased; empty if never
   * @param idempotencySecret secret from which gateway keys are derived; empty for the ledger's own
   * @param manualSettlement conditions under which operators settle payments
   * @param routing of orders that name no gateway
   */
  public record PaymentRules(
      AllowedValues allowedValues,
      ExchangeRates exchangeRates,
      Optional<Path> ratesFile,
      Duration reloadInterval,
      BigDecimal maxUsd,
      boolean isKeyRequired,
      Duration authenticationTimeout,
      Duration keyRetention,
      Optional<Duration> personalRetention,
      Optional<Secret> idempotencySecret,
      ManualSettlementService.Rules manualSettlement,
      Routing routing) {
    public List<Currency> currencies() {
      return allowedValues.currencies().stream().map(Currency::getInstance).toList();
    }
  }

  /**
   * @param endpoints file of endpoints; empty for no webhooks
   * @param timeout for one attempt
   * @param maxInFlight maximum number of attempts in progress at one endpoint
   * @param retryPeriod from the first attempt to the last one
   * @param allowedNetworks networks that are not public and may receive webhooks
   * @param proxy URL of an HTTP proxy, possibly with a password
   */
  public record Webhooks(
      Optional<Path> endpoints,
      Duration timeout,
      int maxInFlight,
      Duration retryPeriod,
      NetworkRanges allowedNetworks,
      Optional<Secret> proxy) {}

  /**
   * @param systemInterval between two readings of the machine's memory and CPU
   * @param auditInterval between two comparisons of the counters with the ledger
   * @param samplingRate share of low-level observations that is recorded, greater than 0, at most 1
   * @param labelLimit distinct values of each open label
   * @param businessEvents event types with series from the start
   * @param operations of other services with series from the start
   * @param connections pools of other services that may be reported, as {@code database/pool}
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
   * @param firstScrapeTimeout maximum wait for a scrape before anything is counted; zero for none
   */
  public record Startup(Duration firstScrapeTimeout) {}

  /**
   * @param grace time in which requests are still served after readiness ends
   * @param deadline maximum wait for requests in flight
   * @param lastScrapeTimeout maximum wait until each recent scraper has read the final values
   */
  public record Shutdown(Duration grace, Duration deadline, Duration lastScrapeTimeout) {
    private static final Duration OTHER_STEPS = Duration.ofSeconds(25);

    /** Returns the maximum duration of the whole shutdown. */
    public Duration max() {
      return grace.plus(deadline).plus(lastScrapeTimeout).plus(OTHER_STEPS);
    }
  }

  /**
   * @param authorizationValidity how long an amount is held if the gateway does not state it
   * @param stripe empty unless the gateway is Stripe
   * @param paypal empty unless the gateway is PayPal
   * @param webhooks empty if the gateway sends none
   */
  public record Gateway(
      ResilientGateway.Guards guards,
      Duration authorizationValidity,
      Optional<StripeOptions> stripe,
      Optional<PayPalOptions> paypal,
      Optional<GatewayWebhooks> webhooks) {
    public boolean isSimulated() {
      return stripe.isEmpty() && paypal.isEmpty();
    }
  }

  /**
   * Webhooks that a gateway sends.
   *
   * @param secretsFile file of the secrets that they are signed with
   * @param tolerance maximum difference between the time of a signature and the clock
   */
  public record GatewayWebhooks(Path secretsFile, Duration tolerance) {}

  public record Log(LoggingSetup.Format format, Level level) {}

  /** Secret value, which is never printed. */
  public record Secret(String value) {
    @Override
    public String toString() {
      return "***";
    }
  }
}
