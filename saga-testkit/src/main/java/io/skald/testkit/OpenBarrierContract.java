package io.skald.testkit;

import static io.skald.saga.participant.Passage.CONFIRMED;
import static io.skald.saga.participant.Passage.EMPTY;
import static io.skald.saga.participant.Passage.LATE;
import static io.skald.saga.participant.Passage.MISSING;
import static io.skald.saga.participant.Passage.PASSED;
import static io.skald.saga.participant.Passage.REPEATED;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.participant.Answered;
import io.skald.saga.participant.Passage;
import java.sql.Connection;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** {@link BarrierContract}: calls that meet one another in open transactions. */
abstract class OpenBarrierContract extends BarrierScene {
  @Test
  void aRepeatWaitsForTheFirstAndIsGivenItsAnswer() throws Exception {
    try (Connection first = connection()) {
      var answered = barrier().answeredAction(first, KEY, () -> "charge 17");
      Future<Answered> repeat = threads.submit(() -> answered("charge 18"));
      awaitWaiting(1);
      first.commit();

      assertThat(answered.passage()).isEqualTo(PASSED);
      assertThat(repeat.get()).isEqualTo(new Answered(REPEATED, "charge 17"));
    }
  }

  @Test
  void aRepeatIsTheFirstIfThatRollsBack() throws Exception {
    try (Connection first = connection()) {
      assertThat(action(first)).isEqualTo(PASSED);
      Future<Passage> repeat = threads.submit(() -> committed(this::action));
      awaitWaiting(1);
      first.rollback();

      assertThat(repeat.get()).isEqualTo(PASSED);
    }
  }

  @Test
  void aCompensationWaitsForAnActionAndCompensatesWhatWasCommitted() throws Exception {
    try (Connection first = connection()) {
      assertThat(action(first)).isEqualTo(PASSED);
      Future<Passage> second = threads.submit(() -> committed(this::compensation));
      awaitWaiting(1);
      first.commit();

      assertThat(second.get()).isEqualTo(PASSED);
    }
  }

  @Test
  void aCompensationThatWaitedForAnActionThatRollsBackIsEmpty() throws Exception {
    try (Connection first = connection()) {
      assertThat(action(first)).isEqualTo(PASSED);
      Future<Passage> second = threads.submit(() -> committed(this::compensation));
      awaitWaiting(1);
      first.rollback();

      assertThat(second.get()).isEqualTo(EMPTY);
      assertThat(committed(this::action)).isEqualTo(LATE);
    }
  }

  @Test
  void anActionWaitsForAnEmptyCompensationAndIsRefused() throws Exception {
    try (Connection first = connection()) {
      assertThat(compensation(first)).isEqualTo(EMPTY);
      Future<Passage> second = threads.submit(() -> committed(this::action));
      awaitWaiting(1);
      first.commit();

      assertThat(second.get()).isEqualTo(LATE);
    }
  }

  @Test
  void anActionIsMadeIfTheCompensationItWaitedForRollsBack() throws Exception {
    try (Connection first = connection()) {
      assertThat(compensation(first)).isEqualTo(EMPTY);
      Future<Passage> second = threads.submit(() -> committed(this::action));
      awaitWaiting(1);
      first.rollback();

      assertThat(second.get()).isEqualTo(PASSED);
    }
  }

  @Test
  void twoCancelsWaitForATryAndOneOfThemCancelsIt() throws Exception {
    try (Connection first = connection()) {
      assertThat(action(first)).isEqualTo(PASSED);
      Future<Passage> one = threads.submit(() -> committed(this::compensation));
      Future<Passage> other = threads.submit(() -> committed(this::compensation));
      awaitWaiting(2);
      first.commit();

      assertThat(List.of(one.get(), other.get())).containsExactlyInAnyOrder(PASSED, REPEATED);
      assertThat(did).containsExactly("action", "compensation");
    }
  }

  @Test
  void twoCancelsOfATryThatRollsBackAreEmpty() throws Exception {
    try (Connection first = connection()) {
      assertThat(action(first)).isEqualTo(PASSED);
      Future<Passage> one = threads.submit(() -> committed(this::compensation));
      Future<Passage> other = threads.submit(() -> committed(this::compensation));
      awaitWaiting(2);
      first.rollback();

      assertThat(List.of(one.get(), other.get())).containsOnly(EMPTY);
      assertThat(committed(this::action)).isEqualTo(LATE);
    }
  }

  @Test
  void ofConfirmationAndCancelTheOneThatComesSecondWaitsAndIsRefused() throws Exception {
    assertThat(committed(this::action)).isEqualTo(PASSED);
    try (Connection first = connection()) {
      assertThat(confirmation(first)).isEqualTo(PASSED);
      Future<Passage> cancel = threads.submit(() -> committed(this::compensation));
      awaitWaiting(1);
      first.commit();

      assertThat(cancel.get()).isEqualTo(CONFIRMED);
    }
    assertThat(did).containsExactly("action", "confirmation");
  }

  @Test
  void aConfirmationIsRefusedIfTheCancelItWaitedForIsCommitted() throws Exception {
    assertThat(committed(this::action)).isEqualTo(PASSED);
    try (Connection first = connection()) {
      assertThat(compensation(first)).isEqualTo(PASSED);
      Future<Passage> confirmation = threads.submit(() -> committed(this::confirmation));
      awaitWaiting(1);
      first.commit();

      assertThat(confirmation.get()).isEqualTo(LATE);
    }
    assertThat(did).containsExactly("action", "compensation");
  }

  @Test
  void aConfirmationDoesNotWaitForATryThatIsNotCommitted() throws Exception {
    try (Connection first = connection()) {
      assertThat(action(first)).isEqualTo(PASSED);
      assertThat(committed(this::confirmation)).isEqualTo(MISSING);
      first.commit();
    }
    assertThat(committed(this::confirmation)).isEqualTo(PASSED);
  }
}
