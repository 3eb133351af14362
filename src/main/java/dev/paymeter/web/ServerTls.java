package dev.paymeter.web;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a port shows to prove who it is.
 *
 * @param certificate a PEM file of the certificate and, behind it, of those that signed it
 * @param key a PEM file of its private key, in PKCS #8
 */
public record ServerTls(Path certificate, Path key) {
  private static final Logger log = LoggerFactory.getLogger(ServerTls.class);
  private static final long MILLIS_BETWEEN_LOOKS = 1000;
  private static final long LONGEST_HANDSHAKE_SECONDS = 10;

  /** The versions that RFC 9325 recommends. */
  private static final List<String> PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

  /** The files' content. */
  private record Pair(Buffer certificate, Buffer key) {
    PemKeyCertOptions options() {
      return new PemKeyCertOptions().addCertValue(certificate).addKeyValue(key);
    }
  }

  void configure(HttpServerOptions options) {
    options
        .setSsl(true)
        .setUseAlpn(true)
        .setSslHandshakeTimeout(LONGEST_HANDSHAKE_SECONDS)
        .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS)
        .setKeyCertOptions(
            new PemKeyCertOptions().addCertPath(certificate.toString()).addKeyPath(key.toString()));
    options.setEnabledSecureTransportProtocols(new LinkedHashSet<>(PROTOCOLS));
  }

  /** From now on takes the files anew when they change; what cannot be used changes nothing. */
  void keepFresh(Vertx vertx, HttpServer server) {
    AtomicReference<@Nullable Pair> last = new AtomicReference<>();
    vertx.setPeriodic(
        MILLIS_BETWEEN_LOOKS,
        tick ->
            read(vertx)
                .onSuccess(
                    now -> {
                      Pair before = last.getAndSet(now);
                      if (before != null && !before.equals(now)) {
                        renew(server, now);
                      }
                    }));
  }

  private Future<Pair> read(Vertx vertx) {
    return vertx
        .fileSystem()
        .readFile(certificate.toString())
        .compose(
            first ->
                vertx.fileSystem().readFile(key.toString()).map(second -> new Pair(first, second)));
  }

  private void renew(HttpServer server, Pair files) {
    ServerSSLOptions options = new ServerSSLOptions();
    options.setKeyCertOptions(files.options()).setUseAlpn(true);
    options.setApplicationLayerProtocols(List.of("h2", "http/1.1"));
    options.setEnabledSecureTransportProtocols(new LinkedHashSet<>(PROTOCOLS));
    server
        .updateSSLOptions(options)
        .onSuccess(changed -> log.info("The certificate is that of {} now", certificate))
        .onFailure(
            why ->
                log.error(
                    "The certificate stays as it was, as {} and {} cannot be used: {}",
                    certificate,
                    key,
                    String.valueOf(why)));
  }
}
