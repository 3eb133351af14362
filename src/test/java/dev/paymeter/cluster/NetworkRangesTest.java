package dev.paymeter.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkRangesTest {
  @ParameterizedTest
  @CsvSource({
    "10.42.0.0/16, 10.42.255.255, true",
    "10.42.0.0/16, 10.43.0.0,     false",
    "10.42.0.0/16, 10.41.255.255, false",
    "10.42.0.0/15, 10.43.7.7,     true",
    "10.42.1.2,    10.42.1.2,     true",
    "10.42.1.2,    10.42.1.3,     false",
    "128.0.0.0/1,  255.0.0.1,     true",
    "128.0.0.0/1,  127.0.0.1,     false",
    "0.0.0.0/0,    8.8.8.8,       true",
    "0.0.0.0/0,    fd00::1,       false",
    "fd00::/8,     fdff::1,       true",
    "fd00::/8,     fe00::1,       false",
    "::1,          ::1,           true",
    // A dual-stack socket reports IPv4 addresses in this form.
    "10.42.0.0/16, ::ffff:10.42.0.1, true"
  })
  void contains_comparesThePrefix(String network, String address, boolean contained)
      throws UnknownHostException {
    assertThat(NetworkRanges.parse(List.of(network)).contains(InetAddress.getByName(address)))
        .isEqualTo(contained);
  }

  @Test
  void contains_severalNetworks_isTrueForAnyOfThem() throws UnknownHostException {
    assertThat(NetworkRanges.LOOPBACK.contains(InetAddress.getByName("127.3.2.1"))).isTrue();
    assertThat(NetworkRanges.LOOPBACK.contains(InetAddress.getByName("::1"))).isTrue();
    assertThat(NetworkRanges.LOOPBACK.contains(InetAddress.getByName("10.0.0.1"))).isFalse();
  }

  @Test
  void contains_noNetworks_isFalse() {
    assertThat(new NetworkRanges(List.of()).contains(InetAddress.getLoopbackAddress())).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "localhost", "10.0.0.0/33", "10.0.0.1/8", "fd00::/129", "10.0.0.0/-1", "10/x"})
  void parse_invalidNetwork_throws(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> NetworkRanges.parse(List.of(text)));
  }
}
