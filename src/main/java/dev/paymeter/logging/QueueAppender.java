package dev.paymeter.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import ch.qos.logback.core.encoder.Encoder;

/** Appender that encodes events on the thread that logs, and queues the lines for a writer. */
final class QueueAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {
  private final Encoder<ILoggingEvent> encoder;
  private final LogWriter logWriter;

  QueueAppender(Encoder<ILoggingEvent> encoder, LogWriter logWriter) {
    this.encoder = encoder;
    this.logWriter = logWriter;
  }

  @Override
  protected void append(ILoggingEvent event) {
    if (event.getThrowableProxy() instanceof ThrowableProxy failure) {
      OutOfMemoryExit.exitIfOutOfMemory(failure.getThrowable());
    }
    logWriter.write(event.getLevel(), encoder.encode(event));
  }
}
