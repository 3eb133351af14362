package dev.paymeter.metrics.proof;

import dev.paymeter.metrics.audited.LedgerValues;
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

  /** Returns the sample without the labels that Prometheus adds. */
  public Sample withoutTarget() {
    Map<String, String> own = new TreeMap<>(labels);
    own.keySet().retainAll(LedgerValues.labels(name));
    return new Sample(name, own, value);
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
