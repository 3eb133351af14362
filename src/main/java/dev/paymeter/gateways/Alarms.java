package dev.paymeter.gateways;

import java.time.Duration;

/** Port: something to do later, unless it is called off. */
@FunctionalInterface
public interface Alarms {
  /**
   * Does it after {@code length}, on the context of whoever sets the alarm.
   *
   * @return calls it off; does no harm later
   */
  Runnable set(Duration length, Runnable then);
}
