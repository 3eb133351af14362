package dev.paymeter.support.service;

import dev.paymeter.support.TestServer;
import dev.paymeter.support.ledger.TestPostgres;
import dev.paymeter.support.load.BusPublisher;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Instances as processes of one cluster with one ledger, which is empty at first: members that
 * start at once migrate it at once. Their addresses are configured.
 */
public final class ClusterMembers implements AutoCloseable {
  private final String cluster;
  private final String database = TestPostgres.newEmptyDatabase();
  private final List<Integer> ports;
  private final List<String> addresses;
  private final List<ServiceJar> started = new ArrayList<>();

  /**
   * @param count the maximum number of members
   */
  public ClusterMembers(String cluster, int count) {
    this.cluster = cluster;
    ports = IntStream.range(0, count).mapToObj(i -> TestServer.freePort()).toList();
    addresses = ports.stream().map(port -> "127.0.0.1:" + port).toList();
  }

  /**
   * Starts a member and returns at once.
   *
   * @param number from 0; the instance is named member-0, member-1 and so on
   * @param settings besides those of the cluster
   */
  public ServiceJar start(int number, Path directory, Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("database.url", database);
    all.put("instance.id", "member-" + number);
    all.put("cluster.enabled", "true");
    all.put("cluster.name", cluster);
    all.put("cluster.port", String.valueOf(ports.get(number)));
    all.put("cluster.bus-port", String.valueOf(TestServer.freePort()));
    all.put("cluster.members", String.join(",", addresses));
    all.put("shutdown.last-scrape-timeout", "0s");
    ServiceJar member = ServiceJar.start(directory, all);
    started.add(member);
    return member;
  }

  /** Returns all started members, in this order. */
  public List<ServiceJar> started() {
    return started;
  }

  /** Returns a publisher when it has joined the cluster. */
  public BusPublisher publisher() {
    return BusPublisher.join(cluster, addresses);
  }

  /** Returns the URL of the ledger. */
  public String database() {
    return database;
  }

  @Override
  public void close() {
    started.forEach(ServiceJar::close);
  }
}
