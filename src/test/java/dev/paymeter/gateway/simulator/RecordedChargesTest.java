package dev.paymeter.gateway.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.gateway.simulator.SimulatedGateway.Behaviour;
import dev.paymeter.payment.IdempotencyKey;
import dev.paymeter.payment.Payment;
import dev.paymeter.payment.port.GatewayResult;
import dev.paymeter.payment.port.RecordedCharge;
import dev.paymeter.support.payment.TestOrders;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The charges that a simulated gateway has on record. */
class RecordedChargesTest {
  private static final IdempotencyKey KEY = new IdempotencyKey("", "POST /p", "k \"1\" \\", "aa");
  private static final Optional<IdempotencyKey> NO_KEY = Optional.empty();

  @TempDir Path directory;

  private SimulatedGateway open(Behaviour behaviour) {
    return TestSimulator.open(directory, behaviour, TestSimulator.NO_PAUSES, "stripe")
        .gateways()
        .get("stripe");
  }

  private static List<RecordedCharge> read(SimulatedGateway gateway, Instant since) {
    List<RecordedCharge> all = new ArrayList<>();
    Future<Void> done =
        gateway.recordedCharges(
            since,
            page -> {
              assertThat(page).isNotEmpty();
              all.addAll(page);
              return Future.succeededFuture();
            });
    assertThat(done.succeeded()).isTrue();
    return all;
  }

  @Test
  void recordedCharges_allKinds_haveAllThatTheRowNeeds() {
    SimulatedGateway gateway = open(new Behaviour(1, 0, 0, 1));
    Payment keyed =
        TestOrders.order()
            .references("o \u20ac", "u \"1\"")
            .of("1.500", "KWD")
            .method("paypal")
            .pending(Optional.of(KEY));
    Payment declined = TestOrders.order().tier("premium").pending(NO_KEY);
    Instant before = Instant.now();
    GatewayResult approved = gateway.charge(keyed).result();
    GatewayResult rejected = gateway.charge(declined).result();
    gateway.charge(TestOrders.order().pending(Optional.of(KEY))); // Not charged again.
    gateway.resolve(TestOrders.order().pending(NO_KEY)); // Never received.

    List<RecordedCharge> read = read(gateway, Instant.EPOCH);

    assertThat(read)
        .extracting(RecordedCharge::payment)
        .containsExactly(keyed.withAccount(null), declined.withAccount(null));
    assertThat(read).extracting(RecordedCharge::result).containsExactly(approved, rejected);
    RecordedCharge first = read.get(0);
    assertThat(first.payment().gatewayKey().id()).isEqualTo(keyed.gatewayKey().id());
    assertThat(first.instanceId()).isEqualTo("test-instance");
    assertThat(first.idempotency()).contains(KEY);
    assertThat(first.chargedAt()).isBetween(before, Instant.now());
    assertThat(read.get(1).idempotency()).isEmpty();
  }

  @Test
  void recordedCharges_otherLedgersAndLinesWithoutFields_areLeftOut() throws IOException {
    SimulatedGateway gateway = open(TestSimulator.SMOOTH);
    Payment own = TestOrders.order().pending(NO_KEY);
    gateway.charge(own);
    gateway.charge(TestOrders.order().pending()); // Without an origin, as in older releases.
    Path journal = directory.resolve("stripe.journal");
    String line = Files.readAllLines(journal).get(0);
    Files.writeString(
        journal,
        line.replace(own.id().toString(), UUID.randomUUID().toString())
                .replace(TestOrders.LEDGER.toString(), UUID.randomUUID().toString())
            + "\n",
        StandardOpenOption.APPEND);

    assertThat(read(gateway, Instant.EPOCH))
        .extracting(RecordedCharge::payment)
        .containsExactly(own.withAccount(null));
  }

  @Test
  void recordedCharges_since_areThoseFromThenOn() {
    SimulatedGateway gateway = open(TestSimulator.SMOOTH);
    gateway.charge(TestOrders.order().pending(NO_KEY));
    gateway.charge(TestOrders.order().pending(NO_KEY));
    RecordedCharge last = read(gateway, Instant.EPOCH).get(1);

    assertThat(read(gateway, last.chargedAt())).contains(last);
    assertThat(read(gateway, last.chargedAt().plusNanos(1))).isEmpty();
  }

  @Test
  void recordedCharges_many_comeInPagesEachOnce() {
    SimulatedGateway gateway = open(TestSimulator.SMOOTH);
    Set<UUID> charged = new HashSet<>();
    for (int i = 0; i < 2000; i++) {
      Payment payment = TestOrders.order().pending(NO_KEY);
      gateway.charge(payment);
      charged.add(payment.id());
    }
    List<Integer> sizes = new ArrayList<>();
    List<UUID> read = new ArrayList<>();

    Future<Void> done =
        gateway.recordedCharges(
            Instant.EPOCH,
            page -> {
              sizes.add(page.size());
              page.forEach(charge -> read.add(charge.payment().id()));
              return Future.succeededFuture();
            });

    assertThat(done.succeeded()).isTrue();
    assertThat(read).hasSize(2000).containsExactlyInAnyOrderElementsOf(charged);
    assertThat(sizes).hasSizeGreaterThan(2).allMatch(size -> size < 1000);
  }

  @Test
  void recordedCharges_pageFails_failsAndReadsNoMore() {
    SimulatedGateway gateway = open(TestSimulator.SMOOTH);
    for (int i = 0; i < 1000; i++) {
      gateway.charge(TestOrders.order().pending(NO_KEY));
    }
    List<Integer> sizes = new ArrayList<>();

    Future<Void> done =
        gateway.recordedCharges(
            Instant.EPOCH,
            page -> {
              sizes.add(page.size());
              return Future.failedFuture("the ledger is full");
            });

    assertThat(done.cause()).hasMessage("the ledger is full");
    assertThat(sizes).hasSize(1);
  }
}
