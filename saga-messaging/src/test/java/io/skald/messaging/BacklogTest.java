package io.skald.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.OutboxMessage;
import io.skald.saga.participant.Topic;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Of each key one message is under way, and nothing is loaded twice. */
class BacklogTest {
  private final Backlog backlog = new Backlog(64);

  private static OutboxMessage message(int position, String key) {
    return message(position, key, OutboxScene.STRICT);
  }

  private static OutboxMessage message(int position, String key, Topic topic) {
    return new OutboxMessage(
        position, new UUID(1, position), 3, topic, key, new byte[10], Map.of(), 0, Instant.EPOCH);
  }

  @Test
  void theNextOfAKeyComesWhenTheBrokerHasTheOneBefore() {
    OutboxMessage one = message(1, "a");
    OutboxMessage two = message(2, "a");
    OutboxMessage other = message(3, "b");
    backlog.add(List.of(one, two, other));
    assertThat(backlog.next()).contains(one);
    assertThat(backlog.next()).contains(other);
    assertThat(backlog.next()).isEmpty();

    backlog.sent(one);
    assertThat(backlog.next()).contains(two);
  }

  @Test
  void whatIsSentAgainIsApartFromOtherKeysAndComesBeforeTheRestOfItsOwn() {
    OutboxMessage one = message(1, "a");
    OutboxMessage two = message(2, "a");
    OutboxMessage other = message(3, "b");
    backlog.add(List.of(one, two, other));
    var unused = backlog.next();
    backlog.again(one);
    assertThat(backlog.next()).contains(other);
    assertThat(backlog.next()).isEmpty();

    assertThat(backlog.nextDoubtful()).contains(one);
    assertThat(backlog.nextDoubtful()).isEmpty();
    backlog.sent(one);
    assertThat(backlog.next()).contains(two);
  }

  @Test
  void whatTheBrokerHasAfterAllIsNotSentAgain() {
    OutboxMessage one = message(1, "a");
    OutboxMessage two = message(2, "a");
    backlog.add(List.of(one, two));
    var unused = backlog.next();
    assertThat(backlog.takeBack(one)).as("under way").isFalse();
    backlog.again(one);
    assertThat(backlog.takeBack(two)).as("behind it").isFalse();
    assertThat(backlog.takeBack(one)).isTrue();
    assertThat(backlog.nextDoubtful()).isEmpty();

    backlog.sent(one);
    assertThat(backlog.takeBack(one)).as("sent").isFalse();
    assertThat(backlog.next()).contains(two);
  }

  @Test
  void whereThereIsNoOrderNobodyWaits() {
    backlog.add(List.of(message(1, "a", OutboxScene.NONE), message(2, "a", OutboxScene.NONE)));
    assertThat(backlog.next()).isPresent();
    assertThat(backlog.next()).isPresent();
  }

  @Test
  void whatWasSentStaysUntilThatIsRecorded() {
    OutboxMessage one = message(1, "a");
    backlog.add(List.of(one));
    backlog.next();
    backlog.sent(one);
    backlog.add(List.of(one));
    assertThat(backlog.next()).isEmpty();
    assertThat(backlog.positions()).containsExactly(1L);
    assertThat(backlog.bytes()).isEqualTo(10);

    backlog.forget(one);
    assertThat(backlog.positions()).isEmpty();
    assertThat(backlog.bytes()).isZero();
    assertThat(backlog.countOf(3)).isZero();
  }

  @Test
  void aKeyInTroubleIsForgottenWithAllThatWaits() {
    OutboxMessage one = message(1, "a");
    backlog.add(List.of(one, message(2, "a"), message(3, "b")));
    backlog.next();
    backlog.forgetLine(one);
    assertThat(backlog.positions()).containsExactly(3L);
    assertThat(backlog.countOf(3)).isEqualTo(1);
  }

  @Test
  void roomIsSharedOutAmongTheBuckets() {
    backlog.add(List.of(message(1, "a"), message(2, "b")));
    assertThat(backlog.rooms(Set.of(3, 4))).isEqualTo(Map.of(3, 30, 4, 32));
    assertThat(backlog.rooms(Set.of())).isEmpty();
    for (int position = 3; position <= 32; position++) {
      backlog.add(List.of(message(position, "c")));
    }
    assertThat(backlog.rooms(Set.of(3, 4))).isEqualTo(Map.of(4, 32));
    assertThat(backlog.isRoom()).isTrue();
    for (int position = 33; position <= 49; position++) {
      backlog.add(List.of(message(position, "d")));
    }
    assertThat(backlog.isRoom()).isFalse();
  }
}
