package dev.paymeter.http.server;

import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpVersion;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;

/**
 * Decoder of HTTP/1 that finds requests of other versions invalid, among them HTTP/2 on clear text.
 * Vert.x itself would respond with 501.
 */
final class VersionedRequestDecoder extends VertxHttpRequestDecoder {
  /** Cause of an invalid request. */
  static final class UnsupportedVersionException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;
  }

  VersionedRequestDecoder(HttpServerOptions options) {
    super(options);
  }

  /** Returns the size of the buffer with bytes that could not be decoded yet; 0 without any. */
  int bufferedBytes() {
    return internalBuffer().capacity();
  }

  @Override
  protected HttpMessage createMessage(String[] initialLine) {
    HttpMessage message = super.createMessage(initialLine);
    if (message.protocolVersion() != HttpVersion.HTTP_1_1
        && message.protocolVersion() != HttpVersion.HTTP_1_0) {
      throw new UnsupportedVersionException();
    }
    return message;
  }
}
