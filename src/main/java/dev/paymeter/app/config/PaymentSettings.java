package dev.paymeter.app.config;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;

import dev.paymeter.payment.AllowedValues;
import dev.paymeter.payment.ExchangeRates;
import dev.paymeter.payment.Money;
import dev.paymeter.payment.service.ManualSettlementService;
import dev.paymeter.payment.service.PaymentService;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reader of the payment settings: allowed values, exchange rates, limits, idempotency keys. */
record PaymentSettings(ConfigSource source) {
  private static final Pattern WORD = Pattern.compile("[a-z][a-z0-9_]{0,31}");
  private static final String SECRET_FILE = "payments.idempotency-secret-file";
  private static final String SETTLEMENT_KEYS = "payments.settlement-keys";
  private static final int MIN_SECRET_LENGTH = 32;
  private static final Pattern CURRENCY = Pattern.compile("[A-Z]{3}");

  Settings.PaymentRules read() {
    AllowedValues allowedValues =
        new AllowedValues(
            source.list(
                "payments.tiers",
                List.of("basic", "standard", "premium"),
                ConfigSource.WORDS,
                WORD),
            source.list(
                "payments.methods",
                List.of(
                    "credit_card",
                    "debit_card",
                    "paypal",
                    "apple_pay",
                    "google_pay",
                    "bank_transfer"),
                ConfigSource.WORDS,
                WORD),
            source.list("payments.gateways", List.of("stripe", "paypal"), ConfigSource.WORDS, WORD),
            source.list(
                "payments.currencies",
                List.of("USD", "EUR", "GBP", "JPY", "KRW", "KWD"),
                "distinct ISO 4217 codes, such as USD",
                CURRENCY));
    BigDecimal maxUsd =
        source.value(
            "payments.max-amount-usd",
            new BigDecimal("1000000.00"),
            "an amount from 0.01 to 100000000.00",
            PaymentSettings::amount);
    Optional<Path> ratesFile = source.optional("fx.rates", "a file of exchange rates", Path::of);
    return new Settings.PaymentRules(
        allowedValues,
        rates(ratesFile, currencies(allowedValues)),
        ratesFile,
        source.duration("fx.reload-interval", ofSeconds(5), ofMillis(100), ofSeconds(300)),
        maxUsd,
        source.flag("payments.idempotency-required", false),
        source.duration(
            "payments.authentication-timeout",
            PaymentService.DEFAULT_AUTHENTICATION_TIMEOUT,
            ofSeconds(1),
            ofHours(12)),
        source.duration("payments.idempotency-retention", ofHours(24), ofHours(24), ofDays(365)),
        source.optionalDuration("payments.personal-data-retention", ofDays(366), ofDays(36_500)),
        idempotencySecret(),
        manualSettlement(),
        new RoutingSettings(source, allowedValues).read(allowedValues.defaultGateway()));
  }

  /** Without API keys, there is one operator. */
  private ManualSettlementService.Rules manualSettlement() {
    boolean hasKeys = source.raw("security.keys").isPresent();
    int keys = source.integer(SETTLEMENT_KEYS, hasKeys ? 2 : 1, 1, 2);
    if (keys == 2 && !hasKeys) {
      source.addError(SETTLEMENT_KEYS, "1, as security.keys is not set", "2");
    }
    return new ManualSettlementService.Rules(
        keys, source.duration("payments.settlement-age", ofHours(1), Duration.ZERO, ofDays(365)));
  }

  private Optional<Settings.Secret> idempotencySecret() {
    Optional<Path> file = source.optional(SECRET_FILE, "a path", Path::of);
    if (file.isEmpty()) {
      return Optional.empty();
    }
    try {
      String secret = TextFile.read(file.get()).strip();
      if (secret.length() < MIN_SECRET_LENGTH) {
        source.addError(
            SECRET_FILE,
            "a file with a secret of at least " + MIN_SECRET_LENGTH + " characters",
            secret.length() + " in " + file.get());
      }
      return Optional.of(new Settings.Secret(secret));
    } catch (IOException e) {
      source.addError(SECRET_FILE, "a readable file", FileProblem.describe(e));
      return Optional.empty();
    }
  }

  private List<Currency> currencies(AllowedValues allowedValues) {
    List<Currency> currencies = new ArrayList<>();
    for (String code : allowedValues.currencies()) {
      Money.findCurrency(code)
          .ifPresentOrElse(
              currencies::add,
              () ->
                  source.addError(
                      "payments.currencies",
                      "ISO 4217 codes of currencies that have units and are known to this JDK",
                      code));
    }
    return currencies;
  }

  private ExchangeRates rates(Optional<Path> file, List<Currency> currencies) {
    try {
      ExchangeRates exchangeRates =
          file.isPresent()
              ? ExchangeRateFile.parse(TextFile.read(file.get()))
              : ExchangeRateFile.shipped();
      ExchangeRateFile.errors(exchangeRates, currencies, LocalDate.now(ZoneOffset.UTC))
          .forEach(
              error ->
                  source.addError("fx.rates", "a rate for each of payments.currencies", error));
      return exchangeRates;
    } catch (IOException | IllegalArgumentException e) {
      source.addError(
          "fx.rates",
          "a file of exchange rates",
          FileProblem.describe(e) + file.map(path -> ", in " + path).orElse(""));
      return new ExchangeRates(Map.of());
    }
  }

  private static BigDecimal amount(String text) {
    BigDecimal amount = new BigDecimal(text);
    ConfigSource.require(amount.scale() <= 2);
    ConfigSource.require(amount.compareTo(new BigDecimal("0.01")) >= 0);
    ConfigSource.require(amount.compareTo(new BigDecimal("100000000")) <= 0);
    return amount.setScale(2);
  }
}
