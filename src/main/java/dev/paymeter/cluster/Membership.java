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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is there, and which instances went without a word. Hazelcast tells only that a member is
 * gone; an instance that leaves in order says so first, in a map that all of them have. Safe from
 * any thread.
 */
final class Membership implements InitialMembershipListener, LifecycleListener {
  private static final Logger log = LoggerFactory.getLogger(Membership.class);
  private static final String GOODBYES = "paymeter.goodbyes";
  private static final long KEPT_SECONDS = 60;
  private static final long LONGEST_GOODBYE_SECONDS = 2;

  private final HazelcastInstance hazelcast;
  private final IMap<String, Boolean> goodbyes;
  private final AtomicLong lost = new AtomicLong();
  private volatile Count count = new Count(0, 0);

  /** Members that are instances of this service, and members that are not. */
  record Count(int instances, int others) {
    static Count of(Collection<Member> members) {
      int instances = (int) members.stream().filter(Membership::isInstance).count();
      return new Count(instances, members.size() - instances);
    }
  }

  Membership(HazelcastInstance hazelcast) {
    this.hazelcast = hazelcast;
    this.goodbyes = hazelcast.getMap(GOODBYES);
    hazelcast.getLifecycleService().addLifecycleListener(this);
    hazelcast.getCluster().addMembershipListener(this);
  }

  Count count() {
    return count;
  }

  /** Instances that were gone without having said goodbye. */
  long lost() {
    return lost.get();
  }

  private static boolean isInstance(Member member) {
    return member.getAttribute(HazelcastSetup.INSTANCE) != null;
  }

  private static String name(Member member) {
    String instance = member.getAttribute(HazelcastSetup.INSTANCE);
    return (instance == null ? "a member that is no instance" : "instance " + instance)
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
    log.info("Joined by {}: {} members now", name(event.getMember()), event.getMembers().size());
  }

  @Override
  public void memberRemoved(MembershipEvent event) {
    count = Count.of(event.getMembers());
    Member gone = event.getMember();
    int left = event.getMembers().size();
    if (!isInstance(gone)) {
      log.info("Left by {}: {} members now", name(gone), left);
      return;
    }
    // Not to be waited for: this is the thread that tells of members.
    goodbyes
        .getAsync(gone.getUuid().toString())
        .whenComplete((said, failure) -> tell(gone, left, said != null));
  }

  private void tell(Member gone, int left, boolean inOrder) {
    if (inOrder) {
      log.info("Left by {}: {} members now", name(gone), left);
    } else {
      lost.incrementAndGet();
      log.warn("Lost {}, which did not say that it leaves: {} members now", name(gone), left);
    }
  }

  /** Two halves of a cluster have found each other again: no event told of all that changed. */
  @Override
  public void stateChanged(LifecycleEvent event) {
    if (event.getState() == LifecycleEvent.LifecycleState.MERGED) {
      count = Count.of(hazelcast.getCluster().getMembers());
      log.info("Joined again after a split: {} members now", count.instances() + count.others());
    }
  }

  /** Tells the others that this instance leaves in order. Waits until they know, within a bound. */
  void sayGoodbye() {
    String self = hazelcast.getCluster().getLocalMember().getUuid().toString();
    @Nullable Exception why = null;
    try {
      goodbyes
          .setAsync(self, true, KEPT_SECONDS, TimeUnit.SECONDS)
          .toCompletableFuture()
          .get(LONGEST_GOODBYE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      why = e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      why = e;
    }
    if (why != null) {
      log.warn("The other members will take this one for lost: {}", why.toString());
    }
  }
}
