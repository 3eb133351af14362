package dev.paymeter.payment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DisputeStatusTest {
  @ParameterizedTest
  @CsvSource({
    "WARNING_NEEDS_RESPONSE, WARNING_UNDER_REVIEW WARNING_CLOSED PREVENTED NEEDS_RESPONSE"
        + " UNDER_REVIEW WON LOST",
    "WARNING_UNDER_REVIEW, WARNING_NEEDS_RESPONSE WARNING_CLOSED PREVENTED NEEDS_RESPONSE"
        + " UNDER_REVIEW WON LOST",
    "WARNING_CLOSED, NEEDS_RESPONSE UNDER_REVIEW WON LOST",
    "PREVENTED, ''",
    "NEEDS_RESPONSE, UNDER_REVIEW WON LOST",
    "UNDER_REVIEW, NEEDS_RESPONSE WON LOST",
    "WON, ''",
    "LOST, WON",
    "REVERSED, ''"
  })
  void canBecome_isTheStateMachine(DisputeStatus status, String next) {
    assertThat(Stream.of(DisputeStatus.values()).filter(status::canBecome).map(Enum::name))
        .containsExactlyInAnyOrder(next.isEmpty() ? new String[0] : next.split(" "));
  }

  @ParameterizedTest
  @CsvSource({
    "'', WARNING_UNDER_REVIEW, WARNING_OPENED",
    "'', PREVENTED, WARNING_OPENED WARNING_CLOSED",
    "'', NEEDS_RESPONSE, DISPUTE_OPENED",
    "'', LOST, DISPUTE_OPENED DISPUTE_LOST",
    "'', REVERSED, REVERSAL",
    "WARNING_NEEDS_RESPONSE, WARNING_UNDER_REVIEW, ''",
    "WARNING_UNDER_REVIEW, WARNING_CLOSED, WARNING_CLOSED",
    "WARNING_NEEDS_RESPONSE, NEEDS_RESPONSE, WARNING_CLOSED DISPUTE_OPENED",
    "WARNING_CLOSED, WON, DISPUTE_OPENED DISPUTE_WON",
    "NEEDS_RESPONSE, UNDER_REVIEW, ''",
    "UNDER_REVIEW, WON, DISPUTE_WON",
    "NEEDS_RESPONSE, LOST, DISPUTE_LOST",
    "LOST, WON, DISPUTE_REINSTATED"
  })
  void eventsAfter_countsTheChange(String before, DisputeStatus status, String events) {
    assertThat(status.eventsAfter(before.isEmpty() ? null : DisputeStatus.valueOf(before)))
        .containsExactly(
            Arrays.stream(events.split(" "))
                .filter(event -> !event.isEmpty())
                .map(DisputeEvent::valueOf)
                .toArray(DisputeEvent[]::new));
  }

  /** Whatever the states that were seen, the numbers of events and of open rows add up. */
  @Test
  void eventsAfter_addUpOnEveryPath() {
    for (DisputeStatus first : DisputeStatus.values()) {
      assertAddsUp(null, first, List.of(), 0);
    }
  }

  private static void assertAddsUp(
      @Nullable DisputeStatus before, DisputeStatus now, List<DisputeEvent> earlier, int depth) {
    List<DisputeEvent> events = new ArrayList<>(earlier);
    events.addAll(now.eventsAfter(before));
    assertThat(count(events, DisputeEvent.DISPUTE_OPENED))
        .as("%s", events)
        .isEqualTo(
            count(events, DisputeEvent.DISPUTE_WON)
                + count(events, DisputeEvent.DISPUTE_LOST)
                + (now.isOpen() && !now.isWarning() ? 1 : 0));
    assertThat(count(events, DisputeEvent.WARNING_OPENED))
        .as("%s", events)
        .isEqualTo(count(events, DisputeEvent.WARNING_CLOSED) + (now.isWarning() ? 1 : 0));
    assertThat(events).doesNotHaveDuplicates();
    if (depth < 5) {
      Stream.of(DisputeStatus.values())
          .filter(now::canBecome)
          .forEach(next -> assertAddsUp(now, next, events, depth + 1));
    }
  }

  private static long count(List<DisputeEvent> events, DisputeEvent event) {
    return events.stream().filter(event::equals).count();
  }

  @Test
  void isOpen_untilItsEnd() {
    assertThat(Stream.of(DisputeStatus.values()).filter(DisputeStatus::isOpen))
        .containsExactly(
            DisputeStatus.WARNING_NEEDS_RESPONSE,
            DisputeStatus.WARNING_UNDER_REVIEW,
            DisputeStatus.NEEDS_RESPONSE,
            DisputeStatus.UNDER_REVIEW);
  }
}
