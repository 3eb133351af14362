package dev.paymeter.support;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.paymeter.support.http.RawExchanges;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;

/**
 * A connection that sends whatever it likes, as fast as it likes. What is answered is held against
 * the API's description when it is closed.
 */
public final class RawHttp implements AutoCloseable {
  private static final int LONGEST_WAIT_MILLIS = 30_000;

  private final Socket socket;
  private final StringBuilder sent = new StringBuilder();
  private final StringBuilder received = new StringBuilder();

  public RawHttp(URI server) {
    try {
      socket = new Socket(server.getHost(), server.getPort());
      socket.setSoTimeout(LONGEST_WAIT_MILLIS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether it could be handed to the network. */
  public boolean send(String text) {
    try {
      socket.getOutputStream().write(text.getBytes(ISO_8859_1));
      sent.append(text);
      return true;
    } catch (IOException closed) {
      return false;
    }
  }

  /** Sends one byte again and again, until there is something to read or nobody there. */
  public void drip(String one) throws IOException, InterruptedException {
    long end = System.nanoTime() + LONGEST_WAIT_MILLIS * 1_000_000L;
    while (socket.getInputStream().available() == 0 && send(one)) {
      if (System.nanoTime() > end) {
        throw new AssertionError("it takes all that drips");
      }
      Thread.sleep(5); // The drip's own pace.
    }
  }

  /** All until the other side closes. */
  public String readAll() {
    StringBuilder text = new StringBuilder();
    byte[] some = new byte[4096];
    try {
      for (int read = socket.getInputStream().read(some);
          read >= 0;
          read = socket.getInputStream().read(some)) {
        text.append(new String(some, 0, read, ISO_8859_1));
        received.append(new String(some, 0, read, ISO_8859_1));
      }
    } catch (SocketTimeoutException stillOpen) {
      throw new AssertionError("still open after: " + text, stillOpen);
    } catch (IOException reset) {
      return text.toString();
    }
    return text.toString();
  }

  /** Until a text has come. */
  public String readUntil(String end) {
    StringBuilder text = new StringBuilder();
    try {
      while (text.indexOf(end) < 0) {
        int read = socket.getInputStream().read();
        if (read < 0) {
          throw new AssertionError("closed after: " + text);
        }
        text.append((char) read);
        received.append((char) read);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(text.toString(), e);
    }
    return text.toString();
  }

  @Override
  public void close() {
    RawExchanges.check(sent.toString(), received.toString());
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
