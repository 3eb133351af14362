package dev.paymeter.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ClusterTest {
  /** The default of the event bus is to trust any server. */
  @Test
  void eventBus_withTls_requiresCertificatesInBothDirections() {
    EventBusOptions bus =
        Cluster.eventBus(
            options(
                Optional.of(
                    new ClusterOptions.Tls(Path.of("a.crt"), Path.of("a.key"), Path.of("b.crt")))));

    assertThat(bus.isSsl()).isTrue();
    assertThat(bus.isTrustAll()).isFalse();
    assertThat(bus.getClientAuth()).isEqualTo(ClientAuth.REQUIRED);
    assertThat(bus.getTrustOptions()).isNotNull();
    assertThat(bus.getKeyCertOptions()).isNotNull();
  }

  @Test
  void eventBus_withoutTls_usesTheConfiguredAddress() {
    EventBusOptions bus = Cluster.eventBus(options(Optional.empty()));

    assertThat(bus.isSsl()).isFalse();
    assertThat(bus.getHost()).isEqualTo("127.0.0.1");
    assertThat(bus.getPort()).isEqualTo(5702);
  }

  private static ClusterOptions options(Optional<ClusterOptions.Tls> tls) {
    return new ClusterOptions(
        "any",
        InetAddress.getLoopbackAddress(),
        5701,
        5702,
        List.of(),
        Optional.empty(),
        NetworkRanges.LOOPBACK,
        tls);
  }
}
