package dev.paymeter.payment.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

class PagesTest {
  private final Pages pages = new Pages();

  @Test
  void begin_untilTheTurn_isTheSamePage() {
    assertThat(pages.begin()).isEqualTo(1);
    assertThat(pages.begin()).isEqualTo(1);

    pages.turn();

    assertThat(pages.begin()).isEqualTo(2);
  }

  @Test
  void turn_nothingBegun_staysOnThePage() {
    pages.turn();
    pages.turn();

    assertThat(pages.begin()).isEqualTo(1);
  }

  @Test
  void closed_openPage_isNot() {
    pages.end(pages.begin());

    assertThat(pages.closed(0)).isZero();
  }

  @Test
  void closed_turnedAndIdle_is() {
    pages.end(pages.begin());
    pages.turn();

    assertThat(pages.closed(0)).isEqualTo(1);
    assertThat(pages.closed(1)).isEqualTo(1);
  }

  @Test
  void closed_oneStillUnderWay_isNot() {
    int first = pages.begin();
    int second = pages.begin();
    pages.turn();
    pages.end(first);
    assertThat(pages.closed(0)).isZero();

    pages.end(second);

    assertThat(pages.closed(0)).isEqualTo(1);
  }

  @Test
  void closed_laterPageIdleFirst_waitsForTheEarlier() {
    int first = pages.begin();
    pages.turn();
    pages.end(pages.begin());
    pages.turn();
    assertThat(pages.closed(0)).isZero();

    pages.end(first);

    assertThat(pages.closed(0)).isEqualTo(2);
  }

  @Test
  void closed_askedAgain_saysTheSame() {
    pages.end(pages.begin());
    pages.turn();

    assertThat(pages.closed(0)).isEqualTo(1);
    assertThat(pages.closed(0)).isEqualTo(1);
  }

  @Test
  void end_pageThatWasRead_isADefect() {
    int page = pages.begin();
    pages.end(page);
    pages.turn();
    pages.closed(pages.closed(0));

    assertThatIllegalStateException()
        .isThrownBy(() -> pages.end(page))
        .withMessageContaining("page 1");
  }

  /**
   * No settlement is ever under way on a page that was reported closed. Broken once: a page was
   * closed without a look at whether it was idle.
   */
  @Test
  void closed_whileThreadsSettle_hasNothingUnderWay() throws Exception {
    int threads = 3;
    int rounds = 20_000;
    AtomicIntegerArray underWay = new AtomicIntegerArray(rounds + 2);
    AtomicInteger lastClosed = new AtomicInteger();
    AtomicBoolean stop = new AtomicBoolean();
    ExecutorService settlers = Executors.newFixedThreadPool(threads);
    List<Future<Long>> settling = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      settling.add(
          settlers.submit(
              () -> {
                long late = 0;
                List<Integer> begun = new ArrayList<>();
                while (!stop.get()) {
                  int page = pages.begin();
                  underWay.incrementAndGet(page);
                  late += page <= lastClosed.get() ? 1 : 0;
                  begun.add(page);
                  // Some stay open for a while, and end in another order.
                  while (begun.size() > ThreadLocalRandom.current().nextInt(4)) {
                    int ended = begun.remove(ThreadLocalRandom.current().nextInt(begun.size()));
                    late += ended <= lastClosed.get() ? 1 : 0;
                    underWay.decrementAndGet(ended);
                    pages.end(ended);
                  }
                }
                for (int page : begun) {
                  underWay.decrementAndGet(page);
                  pages.end(page);
                }
                return late;
              }));
    }

    int closed = 0;
    try {
      for (int round = 0; round < rounds; round++) {
        pages.turn();
        int before = closed;
        closed = pages.closed(closed);
        lastClosed.set(closed);
        for (int page = before + 1; page <= closed; page++) {
          assertThat(underWay.get(page)).as("under way on closed page %s", page).isZero();
        }
      }
    } finally {
      stop.set(true);
    }

    for (Future<Long> settler : settling) {
      assertThat(settler.get(60, TimeUnit.SECONDS)).as("on pages closed already").isZero();
    }
    settlers.shutdown();
    pages.turn();
    assertThat(pages.closed(closed)).isEqualTo(pages.begin() - 1);
  }
}
