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

/** The wire between the service and PostgreSQL, to be broken in all the ways in which wires do. */
public final class LedgerProxy implements AutoCloseable {
  private final URI database;
  private final InetAddress host;
  private final int port;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private ServerSocket listening;
  private State state = State.WHOLE;

  private enum State {
    WHOLE,
    /** Bytes wait in both directions, and go on when the wire is whole again. */
    HELD,
    /** Bytes vanish in both directions; connections that lost some stay deaf for ever. */
    LOSSY,
    /** The same, for what the database says; it hears everything. */
    MUTE
  }

  private LedgerProxy(URI database, InetAddress host) throws IOException {
    this.database = database;
    this.host = host;
    this.listening = new ServerSocket(TestServer.freePort(), 50, host);
    this.port = listening.getLocalPort();
    accept(listening);
  }

  /**
   * @param databaseUrl where the wire ends
   */
  public static LedgerProxy to(String databaseUrl) {
    return to(databaseUrl, InetAddress.getLoopbackAddress());
  }

  /**
   * @param host where the wire begins, for others than this host's own processes
   */
  public static LedgerProxy to(String databaseUrl, InetAddress host) {
    try {
      return new LedgerProxy(URI.create(databaseUrl), host);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The database as it is reached over this wire. */
  public String url() {
    return "postgresql://"
        + database.getUserInfo()
        + "@"
        + host.getHostAddress()
        + ":"
        + port
        + database.getPath();
  }

  /** Closes all connections; new ones are refused. */
  public void cut() throws IOException {
    synchronized (this) {
      listening.close();
    }
    open.forEach(LedgerProxy::closeQuietly);
  }

  public void hold() {
    become(State.HELD);
  }

  public void loseEverything() {
    become(State.LOSSY);
  }

  public void loseAnswers() {
    become(State.MUTE);
  }

  public synchronized void heal() throws IOException {
    become(State.WHOLE);
    if (listening.isClosed()) {
      listening = new ServerSocket();
      listening.setReuseAddress(true);
      listening.bind(new InetSocketAddress(host, port));
      accept(listening);
    }
  }

  private synchronized void become(State next) {
    state = next;
    notifyAll();
  }

  private void accept(ServerSocket from) {
    start(
        () -> {
          while (true) {
            Socket client = from.accept();
            Socket server = new Socket(database.getHost(), database.getPort());
            if (join(from, client, server)) {
              start(() -> carry(client, server, false));
              start(() -> carry(server, client, true));
            }
          }
        });
  }

  /**
   * The kernel may hand over one more connection while its listener is being closed: that one is
   * refused, too, or a cut wire would go on carrying.
   */
  private synchronized boolean join(ServerSocket from, Socket client, Socket server)
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

  private void carry(Socket from, Socket to, boolean answers) throws IOException {
    byte[] bytes = new byte[8192];
    boolean deaf = false;
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int length = in.read(bytes); length >= 0; length = in.read(bytes)) {
        deaf |= loses(answers);
        if (!deaf) {
          out.write(bytes, 0, length);
        }
      }
    } finally {
      open.remove(from);
      open.remove(to);
    }
  }

  private synchronized boolean loses(boolean answers) {
    while (state == State.HELD) {
      try {
        wait();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    return state == State.LOSSY || (state == State.MUTE && answers);
  }

  private interface Carrier {
    void run() throws IOException;
  }

  /** Ends when a socket does. */
  private static void start(Carrier carrier) {
    Thread thread =
        new Thread(
            () -> {
              try {
                carrier.run();
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
    heal();
    cut();
  }
}
