package dev.paymeter.postgres;

import dev.paymeter.payment.port.PaymentLedger;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** A ledger with write batching that is switched on and off at run time. */
public final class SwitchedLedger {
  private final PaymentLedger batching;
  private final PaymentLedger single;
  private volatile PaymentLedger now;

  public SwitchedLedger(StatementExecutor statementExecutor, String instanceId, int epoch) {
    batching = new PostgresPaymentLedger(statementExecutor, instanceId, epoch);
    single = new PostgresPaymentLedger(statementExecutor, instanceId, epoch, Integer.MAX_VALUE);
    now = batching;
  }

  public void gather(boolean on) {
    now = on ? batching : single;
  }

  /** Returns the port; the switch costs the same in both modes. */
  public PaymentLedger ledger() {
    return (PaymentLedger)
        Proxy.newProxyInstance(
            PaymentLedger.class.getClassLoader(),
            new Class<?>[] {PaymentLedger.class},
            (proxy, method, arguments) -> {
              try {
                return method.invoke(now, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
