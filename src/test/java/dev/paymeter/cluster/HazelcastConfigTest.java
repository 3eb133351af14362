package dev.paymeter.cluster;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.config.Config;
import dev.paymeter.docs.DocTable;
import dev.paymeter.publisher.PaymeterCluster;
import java.io.IOException;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The configuration of Paymeter's own members, compared with that of publishers. */
class HazelcastConfigTest {
  private static final String SHUTDOWN_HOOK = "hazelcast.shutdownhook.enabled";

  private static final Config MEMBER =
      HazelcastConfig.of(
          new ClusterOptions(
              "paymeter",
              InetAddress.getLoopbackAddress(),
              5701,
              5702,
              List.of(),
              Optional.of("paymeter-cluster"),
              NetworkRanges.LOOPBACK,
              Optional.empty()),
          "node",
          "instance");

  @Test
  void properties_ofAPublisher_areThoseOfAMember() {
    Config publisher = PaymeterCluster.hazelcast(List.of("127.0.0.1:5701"));

    assertThat(publisher.getProperties()).isNotEmpty();
    assertThat(MEMBER.getProperties()).containsAllEntriesOf(publisher.getProperties());
    assertThat(publisher.getClusterName()).isEqualTo(MEMBER.getClusterName());
    assertThat(publisher.isLiteMember()).isTrue();
  }

  /** The documented properties are those of the timing. */
  @Test
  void properties_ofAPublisher_areDocumented() throws IOException {
    Map<String, String> documented =
        DocTable.rows("cluster.md", "Hazelcast property").stream()
            .collect(toMap(row -> row.get(0).replace("`", ""), row -> row.get(1)));
    Map<Object, Object> expected =
        new HashMap<>(PaymeterCluster.hazelcast(List.of()).getProperties());
    expected.keySet().removeAll(Set.of("hazelcast.phone.home.enabled", SHUTDOWN_HOOK));

    assertThat(documented).isEqualTo(expected);
  }

  /** Hazelcast rejects members that find the others in different ways. */
  @Test
  void discovery_byDns_isTheSame() {
    assertThat(PaymeterCluster.hazelcast("paymeter-cluster", 5701).getNetworkConfig().getJoin())
        .isEqualTo(MEMBER.getNetworkConfig().getJoin());
  }
}
