package dev.paymeter.metrics.proof;

import java.util.Map;
import java.util.TreeMap;

/**
 * A sample of a series.
 *
 * @param name such as {@code payment_amount_usd_sum}
 * @param labels without the name, also those that Prometheus adds
 */
public record Sample(String name, Map<String, String> labels, double value) {
  public Sample {
    labels = new TreeMap<>(labels);
  }

  /** Returns name and labels as PromQL writes them. */
  public String series() {
    StringBuilder text = new StringBuilder(name).append('{');
    labels.forEach(
        (label, labelValue) -> {
          text.append(text.charAt(text.length() - 1) == '{' ? "" : ",").append(label).append("=\"");
          text.append(labelValue.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n"));
          text.append('"');
        });
    return text.append('}').toString();
  }
}
