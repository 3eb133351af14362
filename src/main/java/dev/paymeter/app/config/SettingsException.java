package dev.paymeter.app.config;

import java.util.List;

/** Settings with which the service must not start: one line for each thing wrong. */
public final class SettingsException extends Exception {
  private static final long serialVersionUID = 1;

  SettingsException(List<String> lines) {
    super(String.join(System.lineSeparator(), lines));
  }
}
