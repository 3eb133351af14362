package dev.paymeter.support.payment;

import dev.paymeter.report.BusinessEvent;
import dev.paymeter.report.OperationRows;
import dev.paymeter.report.PoolReport;
import dev.paymeter.report.ReportMetrics;
import dev.paymeter.report.ReportedError;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A recorder of calls, as text: {@code refused EVENT 2}. */
public class CountingReportMetrics implements ReportMetrics {
  private final List<String> told = new CopyOnWriteArrayList<>();
  private volatile int room = Integer.MAX_VALUE;

  /** Limits the operations that are accepted per call. */
  public void leaveRoom(int room) {
    this.room = room;
  }

  public List<String> told() {
    return told;
  }

  @Override
  public void recorded(BusinessEvent event) {
    told.add("recorded " + event.label());
  }

  @Override
  public void recorded(ReportedError error) {
    told.add("recorded " + error.errorType());
  }

  @Override
  public void refused(Reported kind, int count) {
    tell(count, "refused " + kind + ' ' + count);
  }

  @Override
  public void repeated(Reported kind, int count) {
    tell(count, "repeated " + kind + ' ' + count);
  }

  @Override
  public void gaps(long missing, long late) {
    tell(missing + late, "missing " + missing + ", late " + late);
  }

  @Override
  public int operations(OperationRows rows, int[] ranges) {
    int right = 0;
    for (int i = 0; i < ranges.length; i += 2) {
      for (int row = ranges[i]; row < ranges[i + 1]; row++) {
        right += rows.isRight(row) ? 1 : 0;
      }
    }
    tell(right, "operations " + right);
    return Math.max(0, right - room);
  }

  @Override
  public boolean connections(PoolReport reading) {
    told.add("connections " + reading);
    return true;
  }

  @Override
  public void connectionsElsewhere(String database, String pool) {
    told.add("elsewhere " + database + '/' + pool);
  }

  private void tell(long count, String what) {
    if (count > 0) {
      told.add(what);
    }
  }
}
