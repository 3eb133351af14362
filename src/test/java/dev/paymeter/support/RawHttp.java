package dev.paymeter.support;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.paymeter.support.http.RawExchanges;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;

/**
 * A TCP connection that sends arbitrary text, valid HTTP or not. On {@code close}, the responses
 * are checked against the API description, unless they come through a proxy.
 */
public final class RawHttp implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 30_000;

  private final Socket socket;
  private final boolean checked;
  private final StringBuilder sent = new StringBuilder();
  private final StringBuilder received = new StringBuilder();

  public RawHttp(URI server) {
    this(server, true);
  }

  /** Opens a connection to a proxy, which adds header fields and responses of its own. */
  public static RawHttp toProxy(URI proxy) {
    return new RawHttp(proxy, false);
  }

  private RawHttp(URI server, boolean checked) {
    this.checked = checked;
    try {
      socket = new Socket(server.getHost(), server.getPort());
      socket.setSoTimeout(TIMEOUT_MILLIS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns whether the operating system accepted the text. */
  public boolean send(String text) {
    try {
      socket.getOutputStream().write(text.getBytes(ISO_8859_1));
      sent.append(text);
      return true;
    } catch (IOException closed) {
      return false;
    }
  }

  /** Sends one byte repeatedly until there is a response or the server closes the connection. */
  public void sendRepeatedly(String character) throws IOException, InterruptedException {
    long end = System.nanoTime() + TIMEOUT_MILLIS * 1_000_000L;
    while (socket.getInputStream().available() == 0 && send(character)) {
      if (System.nanoTime() > end) {
        throw new AssertionError("no response and not closed after " + TIMEOUT_MILLIS + " ms");
      }
      Thread.sleep(5); // The interval of the test itself, not a wait.
    }
  }

  /** Reads until the server closes the connection. */
  public String readAll() {
    StringBuilder text = new StringBuilder();
    byte[] buffer = new byte[4096];
    try {
      for (int read = socket.getInputStream().read(buffer);
          read >= 0;
          read = socket.getInputStream().read(buffer)) {
        text.append(new String(buffer, 0, read, ISO_8859_1));
        received.append(new String(buffer, 0, read, ISO_8859_1));
      }
    } catch (SocketTimeoutException stillOpen) {
      throw new AssertionError("still open after: " + text, stillOpen);
    } catch (IOException reset) {
      return text.toString();
    }
    return text.toString();
  }

  /** Reads until the text {@code end} has been received. */
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
    if (checked) {
      RawExchanges.check(sent.toString(), received.toString());
    }
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
