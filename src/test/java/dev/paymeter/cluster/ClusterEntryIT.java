package dev.paymeter.cluster;

import static dev.paymeter.support.Await.await;
import static dev.paymeter.support.Await.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paymeter.bus.Addresses;
import dev.paymeter.support.Scrape;
import dev.paymeter.support.TestCertificate;
import dev.paymeter.support.TestServer;
import dev.paymeter.support.load.BusPublisher;
import dev.paymeter.support.service.RunningService;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Admission of members and connections to a cluster. */
public class ClusterEntryIT {
  private static final String NAME = "cluster-entry-it";
  private static final int READ_TIMEOUT_MILLIS = 60_000;

  @TempDir Path directory;
  private final int port = TestServer.freePort();
  private final int busPort = TestServer.freePort();
  private final List<String> members = List.of("127.0.0.1:" + port);

  /** Internal addresses of an instance are not visible in the cluster: sending to them fails. */
  @Test
  void orderFromAnotherMember_toAnInternalAddress_fails() {
    try (RunningService service = RunningService.start(settings(Map.of()));
        BusPublisher publisher = BusPublisher.join(NAME, members)) {
      assertThat(publisher.reportWithRetry("a")).isEqualTo("accepted");

      assertThatThrownBy(() -> await(publisher.request(Addresses.PAY, new JsonObject())))
          .isInstanceOfSatisfying(
              ReplyException.class,
              rejected -> assertThat(rejected.failureType()).isEqualTo(ReplyFailure.NO_HANDLERS));
      assertThat(service.pay(RunningService.order("order", "1.00")).statusCode()).isEqualTo(201);
    }
  }

  /** The publisher times out; the report is counted once. */
  @Test
  void replyToAnUnreachablePublisher_isASendFailure() {
    EventBusOptions elsewhere =
        new EventBusOptions()
            .setClusterPublicHost("127.0.0.1")
            .setClusterPublicPort(TestServer.freePort());
    try (RunningService service = RunningService.start(settings(Map.of()));
        BusPublisher publisher = BusPublisher.joinAsMember(NAME, members, elsewhere)) {
      assertThat(new Scrape(service.metrics()).sum("paymeter_cluster_send_failures_total"))
          .isZero();

      assertThatThrownBy(() -> await(publisher.report("a")))
          .isInstanceOfSatisfying(
              ReplyException.class,
              late -> assertThat(late.failureType()).isEqualTo(ReplyFailure.TIMEOUT));
      Scrape scrape = new Scrape(service.metrics());
      assertThat(scrape.sum("business_events_usd_count")).isEqualByComparingTo("1");
      assertThat(scrape.sum("paymeter_cluster_send_failures_total")).isEqualByComparingTo("1");
    }
  }

  @Test
  void memberOfAnotherCluster_isNotAdmitted() {
    try (RunningService service = RunningService.start(settings(Map.of()));
        BusPublisher stranger = BusPublisher.joinAsMember("another", members)) {
      assertThat(stranger.members()).isEqualTo(1);
      assertThat(stranger.request(Addresses.OBSERVATIONS, new JsonObject()).toCompletionStage())
          .failsWithin(Duration.ofMinutes(1));
      assertThat(new Scrape(service.metrics()).sum("paymeter_cluster_members")).isEqualTo("1.0");
    }
  }

  /** The connection is closed before any byte is read. */
  @Test
  void connectionFromAnotherNetwork_isClosed_onBothPorts() throws IOException {
    try (RunningService service =
            RunningService.start(settings(Map.of("cluster.networks", "127.0.0.1")));
        BusPublisher publisher = BusPublisher.join(NAME, members)) {
      assertThat(isClosed("127.0.0.9", port)).isTrue();
      assertThat(isClosed("127.0.0.9", busPort)).isTrue();

      assertThat(publisher.reportWithRetry("from the right one")).isEqualTo("accepted");
      assertThat(new Scrape(service.metrics()).sum("paymeter_cluster_members")).isEqualTo("2.0");
    }
  }

  /** Returns whether the server closes the connection; throws after a timeout. */
  private static boolean isClosed(String from, int port) throws IOException {
    try (Socket socket = new Socket()) {
      socket.bind(new InetSocketAddress(from, 0));
      socket.connect(new InetSocketAddress("127.0.0.1", port));
      socket.setSoTimeout(READ_TIMEOUT_MILLIS);
      return socket.getInputStream().read() < 0;
    } catch (SocketException reset) {
      return true;
    }
  }

  /** Regression: the bytes were collected without limit, and the process ran out of memory. */
  @Test
  void frame_tooLong_isClosed_onBothPorts() throws IOException {
    try (RunningService service = RunningService.start(settings(Map.of()));
        BusPublisher publisher = BusPublisher.join(NAME, members)) {
      assertThat(isClosedAfter(busPort, "7fffffff")).isTrue();
      assertThat(isClosedAfter(busPort, "00000000")).isTrue();
      // "HZC", then a packet: version, flags, partition, length.
      assertThat(isClosedAfter(port, "485a43" + "04" + "0000" + "00000000" + "7fffffff")).isTrue();

      assertThat(publisher.reportWithRetry("as long as allowed")).isEqualTo("accepted");
      assertThat(new Scrape(service.metrics()).sum("paymeter_cluster_members")).isEqualTo("2.0");
    }
  }

  private static boolean isClosedAfter(int port, String bytes) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(READ_TIMEOUT_MILLIS);
      socket.getOutputStream().write(HexFormat.of().parseHex(bytes));
      socket.getInputStream().readAllBytes();
      return true;
    } catch (SocketException reset) {
      return true;
    }
  }

  @Test
  void tls_onlyCertifiedMembersDeliver() throws Exception {
    TestCertificate trusted = TestCertificate.make(directory, "trusted");
    TestCertificate unknown = TestCertificate.make(directory, "unknown");
    Map<String, String> tls =
        Map.of(
            "cluster.tls.certificate", trusted.certificate().toString(),
            "cluster.tls.key", trusted.key().toString(),
            "cluster.tls.trust", trusted.certificate().toString());
    try (RunningService service = RunningService.start(settings(tls))) {
      try (BusPublisher publisher =
          BusPublisher.joinAsMember(NAME, members, bus(trusted, trusted))) {
        assertThat(publisher.reportWithRetry("certified")).isEqualTo("accepted");
      }
      List<EventBusOptions> strangers = List.of(bus(unknown, trusted), new EventBusOptions());
      for (EventBusOptions bus : strangers) {
        try (BusPublisher stranger = BusPublisher.joinAsMember(NAME, members, bus)) {
          eventually(
              () ->
                  assertThat(new Scrape(service.metrics()).sum("paymeter_cluster_members"))
                      .isEqualTo("2.0"));
          assertThatThrownBy(() -> await(stranger.report("stranger")))
              .isInstanceOf(ReplyException.class);
        }
      }
      assertThatIOException().isThrownBy(this::connectWithoutCertificate);
      assertThat(new Scrape(service.metrics()).sum("business_events_usd_count"))
          .isEqualByComparingTo("1");
    }
  }

  /** Connects without a client certificate, trusting any server. */
  private void connectWithoutCertificate() throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
      try (Socket socket = context.getSocketFactory().createSocket("127.0.0.1", busPort)) {
        socket.setSoTimeout(READ_TIMEOUT_MILLIS);
        socket.getOutputStream().write(0);
        assertThat(socket.getInputStream().read()).isNegative();
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static EventBusOptions bus(TestCertificate own, TestCertificate trusted) {
    return new EventBusOptions()
        .setSsl(true)
        .setClientAuth(ClientAuth.REQUIRED)
        .setTrustAll(false)
        .setKeyCertOptions(
            new PemKeyCertOptions()
                .setCertPath(own.certificate().toString())
                .setKeyPath(own.key().toString()))
        .setTrustOptions(new PemTrustOptions().addCertPath(trusted.certificate().toString()));
  }

  @Test
  void tls_invalidPemFiles_failTheStart() throws IOException {
    String noPem = Files.writeString(directory.resolve("no.pem"), "none").toString();

    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                RunningService.start(
                    settings(
                        Map.of(
                            "cluster.tls.certificate", noPem,
                            "cluster.tls.key", noPem,
                            "cluster.tls.trust", noPem))))
        .withMessageStartingWith("cluster.tls: expected ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"cluster.port", "cluster.bus-port"})
  void portInUse_isReported(String setting) throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String number = String.valueOf(taken.getLocalPort());

      assertThatIllegalStateException()
          .isThrownBy(() -> RunningService.start(settings(Map.of(setting, number))))
          .withMessage(setting + ": expected a free port, found one in use (" + number + ")");
    }
  }

  @Test
  void hostOfAnotherMachine_isReported() {
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                RunningService.start(
                    settings(
                        Map.of("cluster.host", "192.0.2.1", "cluster.networks", "192.0.2.0/24"))))
        .withMessage("cluster.host: expected an address of this machine, found 192.0.2.1");
  }

  private Map<String, String> settings(Map<String, String> more) {
    Map<String, String> all = new HashMap<>();
    all.put("cluster.enabled", "true");
    all.put("cluster.name", NAME);
    all.put("cluster.port", String.valueOf(port));
    all.put("cluster.bus-port", String.valueOf(busPort));
    all.putAll(more);
    return all;
  }
}
