package dev.paymeter.support.ledger;

import dev.paymeter.support.TestServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A TCP proxy between the service and PostgreSQL that injects network faults. */
public final class LedgerProxy implements AutoCloseable {
  private final URI database;
  private final InetAddress host;
  private final int port;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private ServerSocket listening;
  private State state = State.CONNECTED;

  private enum State {
    CONNECTED,
    /** Delays the bytes of both directions until the proxy is restored. */
    PAUSED,
    /** Drops the bytes of both directions. A connection that lost bytes never works again. */
    DROPPING_ALL,
    /** Drops the bytes from the database only. */
    DROPPING_RESPONSES
  }

  private LedgerProxy(URI database, InetAddress host) throws IOException {
    this.database = database;
    this.host = host;
    this.listening = new ServerSocket(TestServer.freePort(), 50, host);
    this.port = listening.getLocalPort();
    accept(listening);
  }

  /**
   * @param databaseUrl the database to connect to
   */
  public static LedgerProxy to(String databaseUrl) {
    return to(databaseUrl, InetAddress.getLoopbackAddress());
  }

  /**
   * @param host the address to listen on, for clients on other hosts
   */
  public static LedgerProxy to(String databaseUrl, InetAddress host) {
    try {
      return new LedgerProxy(URI.create(databaseUrl), host);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the database's URL through this proxy. */
  public String url() {
    return "postgresql://"
        + database.getUserInfo()
        + "@"
        + host.getHostAddress()
        + ":"
        + port
        + database.getPath();
  }

  /** Closes all connections and rejects new ones. */
  public void cut() throws IOException {
    synchronized (this) {
      listening.close();
    }
    open.forEach(LedgerProxy::closeQuietly);
  }

  public void pause() {
    set(State.PAUSED);
  }

  public void dropAllTraffic() {
    set(State.DROPPING_ALL);
  }

  public void dropResponses() {
    set(State.DROPPING_RESPONSES);
  }

  public synchronized void restore() throws IOException {
    set(State.CONNECTED);
    if (listening.isClosed()) {
      listening = new ServerSocket();
      listening.setReuseAddress(true);
      listening.bind(new InetSocketAddress(host, port));
      accept(listening);
    }
  }

  private synchronized void set(State next) {
    state = next;
    notifyAll();
  }

  private void accept(ServerSocket from) {
    start(
        () -> {
          while (true) {
            Socket client = from.accept();
            Socket server = new Socket(database.getHost(), database.getPort());
            if (register(from, client, server)) {
              start(() -> forward(client, server, false));
              start(() -> forward(server, client, true));
            }
          }
        });
  }

  /**
   * Rejects a connection that the kernel accepted while the listener was being closed. It would
   * otherwise stay open after the cut.
   */
  private synchronized boolean register(ServerSocket from, Socket client, Socket server)
      throws IOException {
    if (from.isClosed()) {
      client.close();
      server.close();
      return false;
    }
    open.add(client);
    open.add(server);
    return true;
  }

  private void forward(Socket from, Socket to, boolean areResponses) throws IOException {
    byte[] bytes = new byte[8192];
    boolean isBroken = false;
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int length = in.read(bytes); length >= 0; length = in.read(bytes)) {
        isBroken |= drops(areResponses);
        if (!isBroken) {
          out.write(bytes, 0, length);
        }
      }
    } finally {
      open.remove(from);
      open.remove(to);
    }
  }

  private synchronized boolean drops(boolean areResponses) {
    while (state == State.PAUSED) {
      try {
        wait();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    return state == State.DROPPING_ALL || (state == State.DROPPING_RESPONSES && areResponses);
  }

  private interface Forwarder {
    void run() throws IOException;
  }

  /** Runs until a socket is closed. */
  private static void start(Forwarder forwarder) {
    Thread thread =
        new Thread(
            () -> {
              try {
                forwarder.run();
              } catch (IOException closed) {
                return;
              }
            },
            "ledger-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    restore();
    cut();
  }
}
