package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.participant.Barrier;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** The contract, on the barrier in memory. */
class InMemoryBarrierTest extends BarrierContract {
  private final InMemoryBarrier barrier = new InMemoryBarrier();

  @Override
  protected Barrier barrier() {
    return barrier;
  }

  @Override
  protected Connection connection() {
    return barrier.connection();
  }

  @Override
  protected void awaitWaiting(int calls) {
    while (barrier.waiting() < calls) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  @Override
  protected void close() {}

  @Test
  void aConnectionOfAnotherBarrierIsRefused() throws SQLException {
    try (Connection other = new InMemoryBarrier().connection()) {
      assertThatThrownBy(() -> barrier.action(other, "a1", () -> {}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("connection: none of this barrier");
    }
  }

  @Test
  void saysThatThereIsNoDatabaseBehindIt() throws SQLException {
    try (Connection connection = connection()) {
      assertThatThrownBy(() -> connection.prepareStatement("select 1"))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("no database behind it");
    }
  }
}
