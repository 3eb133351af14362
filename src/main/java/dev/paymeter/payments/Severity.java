package dev.paymeter.payments;

/** The severity of an error. */
public enum Severity {
  MEDIUM("medium"),
  HIGH("high");

  private final String label;

  Severity(String label) {
    this.label = label;
  }

  /**
   * Returns the severity with a label.
   *
   * @throws IllegalArgumentException if no severity has the label
   */
  public static Severity of(String label) {
    for (Severity severity : values()) {
      if (severity.label.equals(label)) {
        return severity;
      }
    }
    throw new IllegalArgumentException("no severity is called " + label);
  }

  public String label() {
    return label;
  }
}
