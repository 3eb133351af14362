package dev.paymeter.webhook.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressPolicyTest {
  private static final AddressPolicy NONE = new AddressPolicy(address -> false);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "2130706433",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:1ff::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "5f00::1"
      })
  void permits_addressInsideTheNetworkOrSpecial_isFalse(String text) throws UnknownHostException {
    assertThat(NONE.permits(InetAddress.getByName(text))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.1",
        "100.63.255.255",
        "100.128.0.1",
        "126.1.1.1",
        "169.253.1.1",
        "172.15.0.1",
        "172.32.0.1",
        "192.0.1.1",
        "192.167.1.1",
        "198.17.1.1",
        "198.20.1.1",
        "223.255.255.254",
        "2001:200::1",
        "2606:4700::1111",
        "2a00:1450::1",
        "::ffff:1.1.1.1"
      })
  void permits_publicAddress_isTrue(String text) throws UnknownHostException {
    InetAddress address = InetAddress.getByName(text);

    assertThat(NONE.permits(address)).isTrue();
    assertThat(NONE.permitsPlainText(address)).isFalse();
  }

  @Test
  void permits_allowedAddress_isTrue_alsoWithoutEncryption() throws UnknownHostException {
    InetAddress address = InetAddress.getByName("10.0.0.1");
    AddressPolicy policy = new AddressPolicy(address::equals);

    assertThat(policy.permits(address)).isTrue();
    assertThat(policy.permitsPlainText(address)).isTrue();
    assertThat(policy.permits(InetAddress.getByName("10.0.0.2"))).isFalse();
  }
}
