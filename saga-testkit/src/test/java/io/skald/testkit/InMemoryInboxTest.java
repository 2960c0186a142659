package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.participant.Delivery;
import io.skald.saga.participant.Inbox;
import io.skald.saga.participant.Receipt;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The contract, on the inbox in memory; and what is its own. */
class InMemoryInboxTest extends InboxContract {
  private final ManualClock clock = ManualClock.standing();
  private final InMemoryInbox inbox = new InMemoryInbox(clock, null);

  @Override
  protected Inbox inbox() {
    return inbox;
  }

  @Override
  protected void write(Inbox.Tx tx, String text) {
    tx.unwrap(InMemoryTables.class).put("effect", UUID.randomUUID().toString(), text);
  }

  @Override
  protected List<String> written() {
    return inbox.table("effect").values().stream().map(String.class::cast).toList();
  }

  @Override
  protected void elapse(Duration duration) {
    clock.advance(duration);
  }

  @Override
  protected void awaitWaiting(Thread receiver) {
    while (receiver.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
  }

  @Override
  protected void close() {}

  @Test
  void theWorkHasAConnectionIfTheInboxWasGivenSome() {
    List<String> calls = new ArrayList<>();
    Connection connection = Connections.recording(calls);
    var connected = new InMemoryInbox(clock, () -> connection);
    Delivery delivery = Delivery.of("billing", "m1", new byte[0]);

    assertThat(connected.once(delivery, tx -> assertThat(tx.connection()).isSameAs(connection)))
        .isEqualTo(Receipt.HANDLED);
    assertThat(calls).contains("commit");
  }

  @Test
  void noTransactionOfACallersIsJoined() {
    Connection connection = Connections.recording(new ArrayList<>());
    Delivery delivery = Delivery.of("billing", "m1", new byte[0]);

    assertThatThrownBy(() -> inbox.once(connection, delivery, tx -> {}))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("PostgreSQL");
  }
}
