package dev.paymeter.docs;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paymeter.support.Await;
import dev.paymeter.support.service.RunningService;
import java.io.IOException;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The reference of metrics, compared with the endpoint of a running service. */
class MetricsDocsIT {
  private static final Pattern FAMILY =
      Pattern.compile("(?m)^# TYPE (?!jvm_|process_|system_|vertx_)(\\S+) (\\S+)$");

  @Test
  void families_areThoseOfTheEndpoint_eachWithItsType() throws IOException {
    try (RunningService service = RunningService.start()) {
      service.pay(RunningService.order("order_1", "50.00"));
      Map<String, String> documented =
          DocTable.rows("metrics.md", "Family").stream()
              .filter(row -> row.size() == 4)
              .collect(toMap(row -> DocTable.code(row.get(0)).orElseThrow(), row -> row.get(1)));

      // The lag of events is measured for the first time some time after the start.
      Await.eventually(
          () ->
              assertThat(documented)
                  .containsExactlyInAnyOrderEntriesOf(exposed(service.metrics())));
    }
  }

  private static Map<String, String> exposed(String metrics) {
    return FAMILY
        .matcher(metrics)
        .results()
        .collect(toMap(family -> family.group(1), family -> family.group(2)));
  }
}
