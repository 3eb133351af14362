package dev.paymeter.cluster;

import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.netty.util.NetUtil;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;

/** IP networks in CIDR notation. */
public record NetworkRanges(List<Network> networks) {
  /** The loopback networks. */
  public static final NetworkRanges LOOPBACK = parse(List.of("127.0.0.0/8", "::1"));

  /**
   * IP network.
   *
   * @param address all bits after the first {@code bits} are 0
   */
  public record Network(String address, int bits) {
    static Network parse(String text) {
      int slash = text.indexOf('/');
      InetAddress address = numeric(slash < 0 ? text : text.substring(0, slash));
      int all = address.getAddress().length * Byte.SIZE;
      int bits = slash < 0 ? all : Integer.parseInt(text.substring(slash + 1));
      int zeros = new BigInteger(1, address.getAddress()).setBit(all).getLowestSetBit();
      if (bits < 0 || bits > all || zeros < all - bits) {
        throw new IllegalArgumentException(text);
      }
      return new Network(address.getHostAddress(), bits);
    }

    /** Parses an address without a look-up of host names. */
    private static InetAddress numeric(String text) {
      try {
        return InetAddress.getByAddress(NetUtil.createByteArrayFromIpAddressString(text));
      } catch (UnknownHostException e) {
        throw new IllegalArgumentException(text, e);
      }
    }

    boolean contains(InetAddress candidate) {
      return new IpSubnetFilterRule(address, bits, IpFilterRuleType.ACCEPT)
          .matches(new InetSocketAddress(candidate, 0));
    }

    @Override
    public String toString() {
      return address + "/" + bits;
    }
  }

  /**
   * Parses networks such as {@code 10.42.0.0/16} and {@code fd00::/8}, and addresses such as {@code
   * 10.1.2.3}.
   *
   * @throws IllegalArgumentException if one is invalid, or has bits set after its prefix
   */
  public static NetworkRanges parse(List<String> texts) {
    return new NetworkRanges(texts.stream().map(Network::parse).toList());
  }

  /** Returns whether any of the networks contains the address. */
  public boolean contains(InetAddress address) {
    return networks.stream().anyMatch(network -> network.contains(address));
  }

  @Override
  public String toString() {
    return String.join(", ", networks.stream().map(Network::toString).toList());
  }
}
