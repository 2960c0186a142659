package io.skald.testkit;

import static io.skald.saga.participant.Passage.CONFIRMED;
import static io.skald.saga.participant.Passage.EMPTY;
import static io.skald.saga.participant.Passage.LATE;
import static io.skald.saga.participant.Passage.MISSING;
import static io.skald.saga.participant.Passage.PASSED;
import static io.skald.saga.participant.Passage.REPEATED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.error.SagaDataException;
import io.skald.saga.participant.Answered;
import io.skald.saga.participant.Barrier;
import io.skald.saga.participant.Passage;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/**
 * What every {@link Barrier} does: the same suite runs in memory and on PostgreSQL.
 *
 * <p>A subclass answers a new {@link #barrier()} and connections for it, and looks who waits.
 */
public abstract class BarrierContract extends OpenBarrierContract {
  /** For subclasses. */
  protected BarrierContract() {}

  @Override
  protected abstract Barrier barrier();

  @Override
  protected abstract Connection connection() throws SQLException;

  @Override
  protected abstract void awaitWaiting(int calls);

  @Override
  protected abstract void close();

  // ---- one after the other

  @Test
  void anActionIsMadeOnce() throws SQLException {
    assertThat(committed(this::action)).isEqualTo(PASSED);
    assertThat(committed(this::action)).isEqualTo(REPEATED);
    assertThat(committed(this::action)).isEqualTo(REPEATED);

    assertThat(did).containsExactly("action");
  }

  @Test
  void aRepeatIsGivenTheAnswerOfTheFirst() throws SQLException {
    assertThat(answered("charge 17, größer als 3 €")).isEqualTo(answer(PASSED));
    assertThat(answered("charge 18")).isEqualTo(answer(REPEATED));
    assertThat(committed(this::confirmation)).isEqualTo(PASSED);
    assertThat(answered("charge 19")).isEqualTo(answer(REPEATED));
  }

  private static Answered answer(Passage passage) {
    return new Answered(passage, "charge 17, größer als 3 €");
  }

  @Test
  void anActionWithoutAnAnswerHasNoneForItsRepeat() throws SQLException {
    assertThat(committed(this::action)).isEqualTo(PASSED);
    assertThat(answered("charge 17")).isEqualTo(new Answered(REPEATED, ""));
  }

  @Test
  void aCompensationIsMadeOnceForAnActionThatWasMade() throws SQLException {
    assertThat(committed(this::action)).isEqualTo(PASSED);
    assertThat(committed(this::compensation)).isEqualTo(PASSED);
    assertThat(committed(this::compensation)).isEqualTo(REPEATED);

    assertThat(did).containsExactly("action", "compensation");
  }

  @Test
  void aCompensationOfWhatWasNeverMadeIsEmptyEachTime() throws SQLException {
    assertThat(committed(this::compensation)).isEqualTo(EMPTY);
    assertThat(committed(this::compensation)).isEqualTo(EMPTY);

    assertThat(did).isEmpty();
  }

  @Test
  void anActionThatComesAfterItsCompensationIsRefused() throws SQLException {
    assertThat(committed(this::compensation)).isEqualTo(EMPTY);
    assertThat(committed(this::action)).isEqualTo(LATE);
    assertThat(answered("charge 17")).isEqualTo(new Answered(LATE, ""));

    assertThat(did).isEmpty();
  }

  @Test
  void aRepeatThatComesAfterTheCompensationIsRefusedAndGivenNoAnswer() throws SQLException {
    assertThat(answered("charge 17").passage()).isEqualTo(PASSED);
    assertThat(committed(this::compensation)).isEqualTo(PASSED);

    assertThat(answered("charge 18")).isEqualTo(new Answered(LATE, ""));
    assertThat(committed(this::action)).isEqualTo(LATE);
  }

  @Test
  void aTryIsConfirmedOnceAndNotCancelledAnyMore() throws SQLException {
    assertThat(committed(this::action)).isEqualTo(PASSED);
    assertThat(committed(this::confirmation)).isEqualTo(PASSED);
    assertThat(committed(this::confirmation)).isEqualTo(REPEATED);
    assertThat(committed(this::compensation)).isEqualTo(CONFIRMED);
    assertThat(committed(this::action)).isEqualTo(REPEATED);

    assertThat(did).containsExactly("action", "confirmation");
  }

  @Test
  void aTryThatWasCancelledIsNotConfirmed() throws SQLException {
    assertThat(committed(this::action)).isEqualTo(PASSED);
    assertThat(committed(this::compensation)).isEqualTo(PASSED);
    assertThat(committed(this::confirmation)).isEqualTo(LATE);

    assertThat(did).containsExactly("action", "compensation");
  }

  @Test
  void whatWasNeverMadeIsNotConfirmedAndNothingIsRecordedOfIt() throws SQLException {
    assertThat(committed(this::confirmation)).isEqualTo(MISSING);
    assertThat(committed(this::action)).isEqualTo(PASSED);
    assertThat(committed(this::confirmation)).isEqualTo(PASSED);
  }

  @Test
  void anEmptyCompensationLeavesNothingToConfirm() throws SQLException {
    assertThat(committed(this::compensation)).isEqualTo(EMPTY);
    assertThat(committed(this::confirmation)).isEqualTo(LATE);
  }

  @Test
  void keysDoNotMeetThoughTheyDifferInNothingButCase() throws SQLException {
    assertThat(committed(this::compensation)).isEqualTo(EMPTY);
    for (String key : List.of(OTHER, KEY.toUpperCase(Locale.ROOT), KEY + "2")) {
      assertThat(committed(on -> barrier().action(on, key, () -> did.add(key)))).isEqualTo(PASSED);
    }

    assertThat(did).hasSize(3);
  }

  @Test
  void aTransactionPassesForSeveralKeysAndSeesWhatItDid() throws SQLException {
    try (Connection connection = connection()) {
      assertThat(action(connection)).isEqualTo(PASSED);
      assertThat(barrier().compensation(connection, OTHER, () -> did.add(OTHER))).isEqualTo(EMPTY);
      assertThat(action(connection)).isEqualTo(REPEATED);
      assertThat(compensation(connection)).isEqualTo(PASSED);
      connection.commit();
    }

    assertThat(committed(this::action)).isEqualTo(LATE);
  }

  // ---- what does not commit

  @Test
  void whatIsRolledBackHasNotPassed() throws SQLException {
    assertThat(rolledBack(this::action)).isEqualTo(PASSED);
    assertThat(rolledBack(this::compensation)).isEqualTo(EMPTY);
    assertThat(committed(this::action)).isEqualTo(PASSED);
    assertThat(rolledBack(this::compensation)).isEqualTo(PASSED);
    assertThat(rolledBack(this::confirmation)).isEqualTo(PASSED);
    assertThat(committed(this::action)).isEqualTo(REPEATED);
    assertThat(committed(this::compensation)).isEqualTo(PASSED);
  }

  @Test
  void workThatFailsIsRolledBackThoughTheCallerCommits() throws SQLException {
    failAndCommit("action");
    failAndCommit("answered");
    assertThat(committed(this::action)).isEqualTo(PASSED);
    failAndCommit("compensation");
    failAndCommit("confirmation");

    assertThat(committed(this::action)).isEqualTo(REPEATED);
    assertThat(committed(this::compensation)).isEqualTo(PASSED);
  }

  private void failAndCommit(String kind) throws SQLException {
    var declined = new IOException("declined");
    try (Connection connection = connection()) {
      assertThatThrownBy(() -> failing(kind, connection, declined)).isSameAs(declined);
      connection.commit();
    }
  }

  private void failing(String kind, Connection connection, IOException error) throws IOException {
    Barrier.Work<IOException> work =
        () -> {
          throw error;
        };
    var unused =
        switch (kind) {
          case "action" -> barrier().action(connection, KEY, work);
          case "compensation" -> barrier().compensation(connection, KEY, work);
          case "confirmation" -> barrier().confirmation(connection, KEY, work);
          default ->
              barrier()
                  .answeredAction(
                      connection,
                      KEY,
                      () -> {
                        throw error;
                      })
                  .passage();
        };
  }

  // ---- what is refused

  @Test
  void keysThatAreNoneAreRefusedAndNothingIsLost() throws SQLException {
    String tooLong = "k".repeat(301);
    try (Connection connection = connection()) {
      for (String key : List.of("", " ", "a b", "a\n", "ä", "a\0b", "'; --", "a%b", tooLong)) {
        assertThatThrownBy(() -> barrier().action(connection, key, () -> did.add(key)))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageStartingWith("actionKey: \"")
            .hasMessageEndingWith("(expected: 1 to 300 characters of [a-zA-Z0-9._/:-])");
      }
      assertThat(action(connection)).isEqualTo(PASSED);
      connection.commit();
    }

    assertThat(did).containsExactly("action");
    String longest = "k".repeat(300);
    assertThat(committed(on -> barrier().action(on, longest, () -> did.add(longest))))
        .isEqualTo(PASSED);
  }

  @Test
  void answersThatCannotBeKeptAreRefusedAndTheActionIsNotMade() throws SQLException {
    String longest = "ä".repeat(Answered.ANSWER_BYTES_MAX / 2);
    for (String answer : List.of(longest + "x", "a\0b", "a\ud800", "\udc00\ud800")) {
      try (Connection connection = connection()) {
        assertThatThrownBy(() -> barrier().answeredAction(connection, KEY, () -> answer))
            .isInstanceOf(SagaDataException.class)
            .hasMessageStartingWith("answer: ");
        connection.commit();
      }
    }

    assertThat(answered(longest)).isEqualTo(new Answered(PASSED, longest));
    assertThat(answered("")).isEqualTo(new Answered(REPEATED, longest));
  }
}
