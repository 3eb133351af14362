package dev.paymeter.gateway.simulator;

import dev.paymeter.payment.port.GatewayDispute;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/** The disputes in the journals of simulated gateways. */
public final class SimulatedDisputes {
  private SimulatedDisputes() {}

  /** Reads the disputes of a gateway's charges, as they are at a time. */
  public static List<GatewayDispute> read(Path directory, String gateway, Instant now)
      throws IOException {
    Path journal = directory.resolve(gateway + Journal.SUFFIX);
    JournalContent content = new JournalContent(journal);
    try (FileChannel file = FileChannel.open(journal, StandardOpenOption.READ)) {
      Journal.read(journal, file, 0, content::add);
    }
    return content.disputed().stream()
        .map(content::dispute)
        .filter(Objects::nonNull)
        .map(dispute -> dispute.at(now))
        .toList();
  }
}
