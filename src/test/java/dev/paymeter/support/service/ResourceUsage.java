package dev.paymeter.support.service;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The resources that payments have used so far, on the machine and in the ledger.
 *
 * @param service CPU time of the service
 * @param database CPU time of all processes of its embedded PostgreSQL
 * @param ledgerBytes size of the table of payments with its indexes
 * @param logBytes bytes written to the write-ahead log
 */
public record ResourceUsage(Duration service, Duration database, long ledgerBytes, long logBytes) {
  private static final double NANOS_PER_MICRO = 1e3;

  /** Indexes in /proc/PID/stat after the name: times of the process and of its ended children. */
  private static final int USER = 11;

  private static final int CHILDREN_SYSTEM = 14;
  private static final long NANOS_PER_TICK = 10_000_000;

  public static ResourceUsage of(RestartableService paymeter) {
    return new ResourceUsage(
        ProcessHandle.of(paymeter.pid()).orElseThrow().info().totalCpuDuration().orElseThrow(),
        database(paymeter.postgresPid()),
        number(paymeter, "select pg_total_relation_size('payments')"),
        number(paymeter, "select pg_current_wal_lsn() - '0/0'::pg_lsn"));
  }

  private static long number(RestartableService paymeter, String sql) {
    return Long.parseLong(paymeter.query(sql).get(0).get(0));
  }

  /** Returns the CPU time of all processes of a PostgreSQL on this machine. */
  public static Duration database(long postmaster) {
    return Stream.concat(
            Stream.of(postmaster),
            ProcessHandle.of(postmaster).orElseThrow().children().map(ProcessHandle::pid))
        .map(ResourceUsage::cpu)
        .reduce(Duration.ZERO, Duration::plus);
  }

  /** Returns the CPU time of a process, including its ended children: connections come and go. */
  private static Duration cpu(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      long ticks = 0;
      for (int field = USER; field <= CHILDREN_SYSTEM; field++) {
        ticks += Long.parseLong(fields[field]);
      }
      return Duration.ofNanos(ticks * NANOS_PER_TICK);
    } catch (NoSuchFileException ended) {
      return Duration.ZERO; // Its time is part of its parent's now.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public ResourceUsage minus(ResourceUsage before) {
    return new ResourceUsage(
        service.minus(before.service),
        database.minus(before.database),
        ledgerBytes - before.ledgerBytes,
        logBytes - before.logBytes);
  }

  /** Returns the usage per payment. */
  public Map<String, Object> perPayment(long payments) {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("µs of the service's CPU per payment", micros(service, payments));
    figures.put("µs of PostgreSQL's CPU per payment", micros(database, payments));
    figures.put("bytes of the ledger per payment", ledgerBytes / payments);
    figures.put("bytes of the write-ahead log per payment", logBytes / payments);
    return figures;
  }

  private static long micros(Duration time, long payments) {
    return Math.round(time.toNanos() / NANOS_PER_MICRO / payments);
  }
}
