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
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The simulated gateways of a process, with the thread that keeps their journals. Opening and
 * closing block.
 */
public final class Simulator implements AutoCloseable {
  private static final long LONGEST_END_SECONDS = 5;

  private final Map<String, SimulatedGateway> gateways = new TreeMap<>();
  private final Map<String, Journal> journals = new TreeMap<>();
  private final Runnable endOfThread;

  /**
   * How all gateways behave at the beginning.
   *
   * @param directory holds a journal for each gateway
   * @param delay of what is late when faults strike
   * @param faults rates of those that are on from the beginning
   * @param isSwitchable whether faults can be switched on the management port
   */
  public record Options(
      Path directory,
      Behaviour behaviour,
      Duration delay,
      Map<Fault, Double> faults,
      boolean isSwitchable) {}

  private Simulator(Runnable endOfThread) {
    this.endOfThread = endOfThread;
  }

  /**
   * Opens the gateways' journals.
   *
   * @throws IOException where one of them cannot be read or written
   */
  public static Simulator open(Options options, Collection<String> names, Scheduler scheduler)
      throws IOException {
    ExecutorService thread =
        Executors.newSingleThreadExecutor(task -> new Thread(task, "paymeter-simulator"));
    return open(options, names, scheduler, thread, () -> end(thread));
  }

  private static void end(ExecutorService thread) {
    thread.shutdown();
    try {
      thread.awaitTermination(LONGEST_END_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** For tests: on a thread of their own choice. */
  static Simulator open(
      Options options,
      Collection<String> names,
      Scheduler scheduler,
      Executor thread,
      Runnable endOfThread)
      throws IOException {
    Simulator simulator = new Simulator(endOfThread);
    try {
      for (String name : names) {
        simulator.add(name, options, scheduler, thread);
      }
      return simulator;
    } catch (IOException | RuntimeException e) {
      simulator.close();
      throw e;
    }
  }

  private void add(String name, Options options, Scheduler scheduler, Executor thread)
      throws IOException {
    Journal journal = Journal.open(options.directory(), name, Clock.systemUTC());
    journals.put(name, journal);
    FaultInjector its = new FaultInjector(options.delay(), options.faults(), System::nanoTime);
    gateways.put(
        name,
        new SimulatedGateway(
            name, options.behaviour(), its, new RequestBatcher(journal, thread), scheduler));
  }

  /** By name. */
  public Map<String, SimulatedGateway> gateways() {
    return Map.copyOf(gateways);
  }

  /**
   * What a gateway knows of each payment and each refund, in the order in which it heard of them.
   * Can be read at any time, by any process on the machine, whether or not the gateway runs.
   *
   * @throws IOException also where there is no such gateway
   */
  public static Map<UUID, SimulatedCharge> charges(Path directory, String gateway)
      throws IOException {
    Path journal = directory.resolve(gateway + Journal.SUFFIX);
    Map<UUID, SimulatedCharge> charges = new LinkedHashMap<>();
    try (FileChannel file = FileChannel.open(journal, StandardOpenOption.READ)) {
      JournalFile.read(journal, file, 0, line -> take(line, charges));
    }
    return charges;
  }

  private static void take(JournalEntry line, Map<UUID, SimulatedCharge> charges) {
    if (line.kind() == JournalEntry.Kind.AGAIN) {
      charges.computeIfPresent(line.reference(), (reference, known) -> known.askedAgain());
    } else {
      charges.put(line.reference(), SimulatedCharge.of(line));
    }
  }

  /**
   * The gateways that have a journal.
   *
   * @throws IOException where there is no such directory
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

  /** Ends the thread when it has written what waits for it, and leaves the files to others. */
  @Override
  public void close() throws IOException {
    endOfThread.run();
    for (Journal journal : journals.values()) {
      journal.close();
    }
  }
}
