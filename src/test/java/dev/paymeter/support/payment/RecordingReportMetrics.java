package dev.paymeter.support.payment;

import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.OperationRows;
import dev.paymeter.report.PoolReport;
import dev.paymeter.report.ReportMetrics;
import dev.paymeter.report.ReportedError;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A recorder of calls, as text: {@code refused EVENT 2}. */
public class RecordingReportMetrics implements ReportMetrics {
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private volatile int capacity = Integer.MAX_VALUE;

  /** Limits the operations that are accepted per call. */
  public void limitCapacity(int room) {
    this.capacity = room;
  }

  public List<String> calls() {
    return calls;
  }

  @Override
  public void recorded(BusinessEvent event) {
    calls.add("recorded " + event.label());
  }

  @Override
  public void recorded(ReportedError error) {
    calls.add("recorded " + error.errorType());
  }

  @Override
  public void rejected(Reported kind, int count) {
    add(count, "refused " + kind + ' ' + count);
  }

  @Override
  public void duplicated(Reported kind, int count) {
    add(count, "repeated " + kind + ' ' + count);
  }

  @Override
  public void gaps(long missing, long late) {
    add(missing + late, "missing " + missing + ", late " + late);
  }

  @Override
  public int operations(OperationRows rows, int[] ranges) {
    int right = 0;
    for (int i = 0; i < ranges.length; i += 2) {
      for (int row = ranges[i]; row < ranges[i + 1]; row++) {
        right += rows.isValid(row) ? 1 : 0;
      }
    }
    add(right, "operations " + right);
    return Math.max(0, right - capacity);
  }

  @Override
  public boolean connections(PoolReport reading) {
    calls.add("connections " + reading);
    return true;
  }

  @Override
  public void connectionsMoved(String database, String pool) {
    calls.add("elsewhere " + database + '/' + pool);
  }

  private void add(long count, String what) {
    if (count > 0) {
      calls.add(what);
    }
  }
}
