package dev.paymeter.app;

/** URL of a port of this instance. */
final class PortUrl {
  private PortUrl() {}

  static String of(boolean tls, String host, int port) {
    String address = host.indexOf(':') < 0 ? host : "[" + host + "]";
    return (tls ? "https://" : "http://") + address + ":" + port;
  }
}
