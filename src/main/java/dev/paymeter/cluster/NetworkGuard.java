package dev.paymeter.cluster;

import com.hazelcast.nio.MemberSocketInterceptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rejects connections from outside the configured networks before any byte is read. Safe from any
 * thread.
 */
final class NetworkGuard implements MemberSocketInterceptor {
  private static final Logger log = LoggerFactory.getLogger(NetworkGuard.class);
  private static final long LOG_INTERVAL_NANOS = 10_000_000_000L;

  private final NetworkRanges networkRanges;
  private final AtomicLong nextLog = new AtomicLong(System.nanoTime());

  NetworkGuard(NetworkRanges networkRanges) {
    this.networkRanges = networkRanges;
  }

  /** Returns whether an address may connect; logs rejections at most every 10 seconds. */
  boolean isAllowed(InetAddress address) {
    if (networkRanges.contains(address)) {
      return true;
    }
    logRejection(address, "not in cluster.networks (" + networkRanges + ")");
    return false;
  }

  /** Logs a rejected connection, at most every 10 seconds. */
  void logRejection(InetAddress address, String reason) {
    long now = System.nanoTime();
    long next = nextLog.get();
    if (now - next >= 0 && nextLog.compareAndSet(next, now + LOG_INTERVAL_NANOS)) {
      log.warn("Rejected a connection with {}: {}", address.getHostAddress(), reason);
    }
  }

  @Override
  public void init(Properties properties) {}

  @Override
  public void onAccept(Socket accepted) throws IOException {
    check(accepted);
  }

  @Override
  public void onConnect(Socket connected) throws IOException {
    check(connected);
  }

  private void check(Socket socket) throws IOException {
    if (!isAllowed(socket.getInetAddress())) {
      throw new IOException("address is not in cluster.networks");
    }
  }
}
