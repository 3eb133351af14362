package dev.paymeter.cluster;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.regex.Pattern;

/** Parts of the network, each an address with the number of its leading bits that count. */
public record Networks(List<Network> all) {
  /** What is no number is a name, and names are for others to decide about. */
  private static final Pattern NUMERIC = Pattern.compile("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

  /** Only this machine itself. */
  public static final Networks LOOPBACK = parse(List.of("127.0.0.0/8", "::1"));

  /**
   * One of them.
   *
   * @param address its bits after the first {@code bits} are 0
   */
  record Network(String address, int bits) {
    static Network parse(String text) {
      int slash = text.indexOf('/');
      InetAddress address = numeric(slash < 0 ? text : text.substring(0, slash));
      byte[] bytes = address.getAddress();
      int all = bytes.length * Byte.SIZE;
      int bits = slash < 0 ? all : Integer.parseInt(text.substring(slash + 1));
      if (bits < 0 || bits > all || !isZeroAfter(bits, bytes)) {
        throw new IllegalArgumentException(text);
      }
      return new Network(address.getHostAddress(), bits);
    }

    private static boolean isZeroAfter(int bits, byte[] bytes) {
      for (int bit = bits; bit < bytes.length * Byte.SIZE; bit++) {
        if (bit(bytes, bit) != 0) {
          return false;
        }
      }
      return true;
    }

    private static int bit(byte[] bytes, int number) {
      return bytes[number / Byte.SIZE] >> (Byte.SIZE - 1 - number % Byte.SIZE) & 1;
    }

    boolean contains(InetAddress candidate) {
      byte[] ours = numeric(address).getAddress();
      byte[] theirs = candidate.getAddress();
      if (ours.length != theirs.length) {
        return false;
      }
      for (int bit = 0; bit < bits; bit++) {
        if (bit(ours, bit) != bit(theirs, bit)) {
          return false;
        }
      }
      return true;
    }

    private static InetAddress numeric(String text) {
      if (!NUMERIC.matcher(text).matches()) {
        throw new IllegalArgumentException(text);
      }
      try {
        return InetAddress.getByName(text); // Asks nobody about numbers.
      } catch (UnknownHostException e) {
        throw new IllegalArgumentException(text, e);
      }
    }

    @Override
    public String toString() {
      return address + "/" + bits;
    }
  }

  /**
   * Reads addresses such as {@code 10.42.0.0/16}, {@code fd00::/8}, {@code 10.1.2.3}.
   *
   * @throws IllegalArgumentException for anything else, and for bits that a network leaves open
   */
  public static Networks parse(List<String> texts) {
    return new Networks(texts.stream().map(Network::parse).toList());
  }

  /** Whether an address belongs to any of them. */
  public boolean contains(InetAddress address) {
    return all.stream().anyMatch(network -> network.contains(address));
  }

  @Override
  public String toString() {
    return String.join(", ", all.stream().map(Network::toString).toList());
  }
}
