package dev.paymeter.cluster;

import com.hazelcast.cluster.InitialMembershipEvent;
import com.hazelcast.cluster.InitialMembershipListener;
import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent;
import com.hazelcast.core.LifecycleListener;
import com.hazelcast.map.IMap;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the cluster's members, and the instances that were lost. Hazelcast reports only that a
 * member is gone; an instance that shuts down announces its departure first, in a map that all
 * members share. Safe from any thread.
 */
final class Membership implements InitialMembershipListener, LifecycleListener {
  private static final Logger log = LoggerFactory.getLogger(Membership.class);
  private static final String DEPARTURES = "paymeter.departures";
  private static final long DEPARTURE_TTL_SECONDS = 60;
  private static final long DEPARTURE_TIMEOUT_SECONDS = 2;

  private final HazelcastInstance hazelcast;
  private final IMap<String, Boolean> departures;
  private final AtomicLong lost = new AtomicLong();
  private volatile Count count = new Count(0, 0);

  /** Numbers of members that are instances of this service, and of other members. */
  record Count(int instances, int others) {
    static Count of(Collection<Member> members) {
      int instances = (int) members.stream().filter(Membership::isInstance).count();
      return new Count(instances, members.size() - instances);
    }
  }

  Membership(HazelcastInstance hazelcast) {
    this.hazelcast = hazelcast;
    this.departures = hazelcast.getMap(DEPARTURES);
    hazelcast.getLifecycleService().addLifecycleListener(this);
    hazelcast.getCluster().addMembershipListener(this);
  }

  Count count() {
    return count;
  }

  /** Returns the ids of the members that are instances. Does not block. */
  List<String> instanceIds() {
    return hazelcast.getCluster().getMembers().stream()
        .map(member -> member.getAttribute(HazelcastConfig.INSTANCE))
        .filter(Objects::nonNull)
        .toList();
  }

  long lost() {
    return lost.get();
  }

  private static boolean isInstance(Member member) {
    return member.getAttribute(HazelcastConfig.INSTANCE) != null;
  }

  private static String name(Member member) {
    String instance = member.getAttribute(HazelcastConfig.INSTANCE);
    return (instance == null ? "a member that is not an instance" : "instance " + instance)
        + " at "
        + name(member.getSocketAddress());
  }

  static String name(InetSocketAddress address) {
    return address.getAddress().getHostAddress() + ":" + address.getPort();
  }

  @Override
  public void init(InitialMembershipEvent event) {
    count = Count.of(event.getMembers());
  }

  @Override
  public void memberAdded(MembershipEvent event) {
    count = Count.of(event.getMembers());
    log.info(
        "Member joined: {}, {} members now", name(event.getMember()), event.getMembers().size());
  }

  @Override
  public void memberRemoved(MembershipEvent event) {
    count = Count.of(event.getMembers());
    Member gone = event.getMember();
    int left = event.getMembers().size();
    if (!isInstance(gone)) {
      log.info("Member left: {}, {} members now", name(gone), left);
      return;
    }
    // Asynchronous: this is the thread that delivers membership events.
    departures
        .getAsync(gone.getUuid().toString())
        .whenComplete((departed, failure) -> countLeft(gone, left, departed != null));
  }

  private void countLeft(Member gone, int left, boolean departed) {
    if (departed) {
      log.info("Member left: {}, {} members now", name(gone), left);
    } else {
      lost.incrementAndGet();
      log.warn("Lost {} without a departure, {} members now", name(gone), left);
    }
  }

  /** Recounts after a split cluster has merged, which causes no membership events. */
  @Override
  public void stateChanged(LifecycleEvent event) {
    if (event.getState() == LifecycleEvent.LifecycleState.MERGED) {
      count = Count.of(hazelcast.getCluster().getMembers());
      log.info(
          "Rejoined the cluster after a split: {} members now", count.instances() + count.others());
    }
  }

  /** Announces that this instance shuts down. Blocks for at most two seconds. */
  void announceDeparture() {
    String self = hazelcast.getCluster().getLocalMember().getUuid().toString();
    departures
        .setAsync(self, true, DEPARTURE_TTL_SECONDS, TimeUnit.SECONDS)
        .toCompletableFuture()
        .orTimeout(DEPARTURE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
        .exceptionally(
            failure -> {
              log.warn(
                  "Could not announce the departure; the other members will count this one as"
                      + " lost: {}",
                  failure.toString());
              return null;
            })
        .join();
  }
}
