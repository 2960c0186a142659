package io.skald.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.messaging.Door.Blame;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who is to blame when a message cannot be sent, and for how long nobody tries. */
class DoorTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private static final long OPENS = Door.SHUT_MIN.toNanos();

  private final Door door = new Door();

  private Blame failed(long sentAt, @Nullable Long before, long now) {
    return door.failed(new Door.Failure(sentAt, before, now), 1);
  }

  @Test
  void itIsTheBrokerWhenNothingGotThroughSince() {
    door.succeeded(1);
    assertThat(failed(2, null, 3)).isEqualTo(Blame.BROKER);
    assertThat(door.width(4)).isZero();
    assertThat(door.untilOpen(4)).isEqualTo(Duration.ofNanos(OPENS - 1));
  }

  @Test
  void itIsTheMessageWhenOthersGotThroughBetweenTwoOfItsFailures() {
    door.succeeded(5);
    assertThat(failed(2, null, 6)).isEqualTo(Blame.UNCLEAR);
    door.succeeded(8);
    assertThat(failed(7, 6L, 9)).isEqualTo(Blame.MESSAGE);
    assertThat(door.width(10)).isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void aMessageThatFailsAtOnceIsToBlameAsWell() {
    assertThat(failed(1, null, 1)).isEqualTo(Blame.BROKER);
    door.succeeded(2);
    assertThat(failed(3, 1L, 3)).isEqualTo(Blame.MESSAGE);
    assertThat(door.width(4)).isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void whatWasUnderWayWhenTheBrokerWentAwayIsNotToBlame() {
    door.succeeded(5);
    assertThat(failed(2, null, 6)).isEqualTo(Blame.UNCLEAR);
    assertThat(failed(3, null, 6)).isEqualTo(Blame.UNCLEAR);
    assertThat(failed(7, 6L, 8)).isEqualTo(Blame.BROKER);
    assertThat(failed(7, 6L, 8)).isEqualTo(Blame.BROKER);
    assertThat(door.untilOpen(8)).isEqualTo(Duration.ofNanos(OPENS));
  }

  @Test
  void itIsOpenedForOneAtATimeUntilOneGetsThroughAndStaysShutForLongerEachTime() {
    long now = 0;
    for (int shut = 0; shut < 10; shut++) {
      failed(now, null, now + 1);
      long expected = Math.min(OPENS << shut, 10 * SECOND);
      assertThat(door.untilOpen(now + 1)).isEqualTo(Duration.ofNanos(expected));
      now += 1 + expected;
      assertThat(door.width(now)).isEqualTo(1);
      now++;
    }
    door.succeeded(now);
    assertThat(door.width(now)).isEqualTo(Integer.MAX_VALUE);
    failed(now + 1, null, now + 2);
    assertThat(door.untilOpen(now + 2)).isEqualTo(Duration.ofNanos(OPENS));
  }
}
