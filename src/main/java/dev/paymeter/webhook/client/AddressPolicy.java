package dev.paymeter.webhook.client;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.function.Predicate;

/**
 * The addresses to which webhooks are sent: global unicast addresses, and those of the networks
 * that the settings allow. All others may belong to services inside the network (IANA's registries
 * of special-purpose addresses, RFC 6890).
 *
 * @param allowed tests for addresses that the settings allow
 */
record AddressPolicy(Predicate<InetAddress> allowed) {
  private static final int BYTE = 0xff;

  /** Returns whether a webhook may be sent to the address. */
  boolean permits(InetAddress address) {
    return allowed.test(address) || isGlobal(address);
  }

  /** Returns whether a webhook may be sent to the address without encryption. */
  boolean permitsPlainText(InetAddress address) {
    return allowed.test(address);
  }

  static boolean isGlobal(InetAddress address) {
    byte[] bytes = address.getAddress();
    return address instanceof Inet4Address ? isGlobal4(bytes) : isGlobal6(bytes);
  }

  private static boolean isGlobal4(byte[] bytes) {
    int first = bytes[0] & BYTE;
    int second = bytes[1] & BYTE;
    int third = bytes[2] & BYTE;
    return switch (first) {
      case 0, 10, 127 -> false;
      case 100 -> second < 64 || second > 127; // Shared by carriers.
      case 169 -> second != 254; // Link-local, with the metadata services of clouds.
      case 172 -> second < 16 || second > 31;
      case 192 ->
          second != 168
              && !(second == 0 && (third == 0 || third == 2)) // Protocols, documentation.
              && !(second == 88 && third == 99);
      case 198 -> second != 18 && second != 19 && !(second == 51 && third == 100);
      case 203 -> !(second == 0 && third == 113);
      default -> first < 224; // Above: multicast, reserved, broadcast.
    };
  }

  /** Only 2000::/3 is assigned to global unicast; parts of it embed IPv4 addresses. */
  private static boolean isGlobal6(byte[] bytes) {
    int first = (bytes[0] & BYTE) << 8 | bytes[1] & BYTE;
    int second = (bytes[2] & BYTE) << 8 | bytes[3] & BYTE;
    return first >> 13 == 1
        && !(first == 0x2001 && second < 0x200) // Protocols, such as Teredo.
        && !(first == 0x2001 && second == 0xdb8)
        && first != 0x2002 // 6to4.
        && !(first == 0x3fff && second < 0x1000); // Documentation.
  }
}
