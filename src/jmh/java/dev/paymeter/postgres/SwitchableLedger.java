package dev.paymeter.postgres;

import dev.paymeter.payment.port.PaymentLedger;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** A ledger with write batching that is switched on and off at run time. */
public final class SwitchableLedger {
  private final PaymentLedger batching;
  private final PaymentLedger single;
  private volatile PaymentLedger current;

  public SwitchableLedger(StatementExecutor statementExecutor, String instanceId, int epoch) {
    batching = new PostgresPaymentLedger(statementExecutor, new LedgerIdentity(instanceId, epoch));
    single =
        new PostgresPaymentLedger(
            statementExecutor, new LedgerIdentity(instanceId, epoch), Integer.MAX_VALUE);
    current = batching;
  }

  public void setBatching(boolean on) {
    current = on ? batching : single;
  }

  /** Returns the port; the switch costs the same in both modes. */
  public PaymentLedger ledger() {
    return (PaymentLedger)
        Proxy.newProxyInstance(
            PaymentLedger.class.getClassLoader(),
            new Class<?>[] {PaymentLedger.class},
            (proxy, method, arguments) -> {
              try {
                return method.invoke(current, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
