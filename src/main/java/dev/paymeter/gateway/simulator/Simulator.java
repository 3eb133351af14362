package dev.paymeter.gateway.simulator;

import dev.paymeter.gateway.simulator.SimulatedGateway.Behaviour;
import dev.paymeter.payment.port.Scheduler;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Simulated gateways of a process, and the thread of their journals. Opening and closing block. */
public final class Simulator implements AutoCloseable {
  private static final long STOP_TIMEOUT_SECONDS = 5;

  private final Map<String, SimulatedGateway> gateways = new TreeMap<>();
  private final Map<String, Journal> journals = new TreeMap<>();
  private final Runnable stopThread;

  /**
   * Options of all gateways.
   *
   * @param directory contains the journal of each gateway
   * @param delay of late requests and responses, as injected faults
   * @param faults initial rates
   * @param isSwitchable whether faults can be set on the management port
   */
  public record Options(
      Path directory,
      Behaviour behaviour,
      Duration delay,
      Map<Fault, Double> faults,
      boolean isSwitchable) {}

  private Simulator(Runnable stopThread) {
    this.stopThread = stopThread;
  }

  /**
   * Opens the gateways' journals.
   *
   * @param ledger the id of the ledger whose charges the gateways record
   * @throws IOException if one of them cannot be read or written
   */
  public static Simulator open(
      Options options, UUID ledger, Collection<String> names, Scheduler scheduler)
      throws IOException {
    return open(options, ledger, validities(names), scheduler);
  }

  private static Map<String, Duration> validities(Collection<String> names) {
    return names.stream()
        .collect(Collectors.toMap(name -> name, name -> SimulatedGateway.DEFAULT_VALIDITY));
  }

  /**
   * Opens the gateways' journals.
   *
   * @param validities how long each gateway holds an amount
   * @throws IOException if one of them cannot be read or written
   */
  public static Simulator open(
      Options options, UUID ledger, Map<String, Duration> validities, Scheduler scheduler)
      throws IOException {
    ExecutorService thread =
        Executors.newSingleThreadExecutor(task -> new Thread(task, "paymeter-simulator"));
    return open(
        options, ledger, validities, scheduler, thread, () -> stop(thread), Clock.systemUTC());
  }

  private static void stop(ExecutorService thread) {
    thread.shutdown();
    try {
      thread.awaitTermination(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Opens the journals with the executor of a test. */
  static Simulator open(
      Options options,
      UUID ledger,
      Collection<String> names,
      Scheduler scheduler,
      Executor thread,
      Runnable stopThread)
      throws IOException {
    return open(
        options, ledger, validities(names), scheduler, thread, stopThread, Clock.systemUTC());
  }

  /**
   * @param clock source of timestamps, which determines when held amounts expire
   */
  static Simulator open(
      Options options,
      UUID ledger,
      Map<String, Duration> validities,
      Scheduler scheduler,
      Executor thread,
      Runnable stopThread,
      Clock clock)
      throws IOException {
    Simulator simulator = new Simulator(stopThread);
    try {
      for (String name : validities.keySet()) {
        Journal journal = Journal.open(options.directory(), name, clock);
        simulator.journals.put(name, journal);
        FaultInjector faultInjector =
            new FaultInjector(options.delay(), options.faults(), System::nanoTime);
        RequestBatcher requestBatcher = new RequestBatcher(journal, thread);
        simulator.gateways.put(
            name,
            new SimulatedGateway(
                name,
                journal.account(),
                ledger,
                options.behaviour(),
                Objects.requireNonNull(validities.get(name)),
                faultInjector,
                requestBatcher,
                scheduler));
      }
      return simulator;
    } catch (IOException | RuntimeException e) {
      simulator.close();
      throw e;
    }
  }

  public Map<String, SimulatedGateway> gateways() {
    return Map.copyOf(gateways);
  }

  /**
   * Reads a gateway's records of payments and refunds by their references, in the order of their
   * first request or inquiry. Any process on the machine can read them at any time, even if the
   * gateway is stopped.
   *
   * @throws IOException if the gateway has no journal, or it cannot be read
   */
  public static Map<UUID, SimulatedCharge> charges(Path directory, String gateway)
      throws IOException {
    Path journal = directory.resolve(gateway + Journal.SUFFIX);
    Map<UUID, SimulatedCharge> charges = new LinkedHashMap<>();
    try (FileChannel file = FileChannel.open(journal, StandardOpenOption.READ)) {
      Journal.read(journal, file, 0, (line, position) -> apply(line, charges));
    }
    return charges;
  }

  private static void apply(JournalEntry line, Map<UUID, SimulatedCharge> charges) {
    switch (line.kind()) {
      case AGAIN ->
          charges.computeIfPresent(
              line.reference(), (reference, known) -> known.withRepeatedRequest());
      case ACCOUNT -> {}
      case CAPTURED ->
          charges.computeIfPresent(
              line.reference(),
              (reference, known) -> known.captured(Objects.requireNonNull(line.order())));
      case CANCELED, EXPIRED ->
          charges.computeIfPresent(line.reference(), (reference, known) -> known.canceled());
      case AUTHENTICATED, UNAUTHENTICATED ->
          charges.computeIfPresent(line.reference(), (reference, known) -> known.acted(line));
      case APPROVED, ACTION_REQUIRED, AUTHORIZED, REFUSED, FAILED, NEVER ->
          charges.put(line.reference(), SimulatedCharge.of(line));
    }
  }

  /**
   * Returns the names of the gateways that have a journal.
   *
   * @throws IOException if the directory does not exist
   */
  public static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(file -> file.endsWith(Journal.SUFFIX))
          .map(file -> file.substring(0, file.length() - Journal.SUFFIX.length()))
          .sorted()
          .toList();
    }
  }

  /** Stops the thread after it has processed the queued requests, and closes the journals. */
  @Override
  public void close() throws IOException {
    stopThread.run();
    for (Journal journal : journals.values()) {
      journal.close();
    }
  }
}
