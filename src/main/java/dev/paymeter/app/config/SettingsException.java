package dev.paymeter.app.config;

import java.util.List;

/** Exception for invalid settings; the message has a line for each error. */
public final class SettingsException extends Exception {
  private static final long serialVersionUID = 1;

  SettingsException(List<String> lines) {
    super(String.join(System.lineSeparator(), lines));
  }
}
