package io.skald.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.Done;
import io.skald.saga.Outcome;
import io.skald.saga.Step;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.LocalTask;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a local step finds in its transaction when it is tested alone. */
class LocalStepTestTest {
  private final List<String> calls = new ArrayList<>();
  private final Connection connection = Connections.recording(calls);

  /** A way of data access on a connection. */
  record Dsl(Connection connection) {}

  private interface Deed {
    void doOn(Connection connection) throws SQLException;
  }

  @Test
  void runsAStepAndItsCompensationOnTheGivenConnection() throws Exception {
    var step =
        Step.named("local", String.class)
            .local(String.class, (order, tx) -> tx.unwrap(Connection.class).nativeSQL("insert"))
            .compensation((order, row, tx) -> tx.connection().nativeSQL("delete " + row));
    var test = StepTest.of(step).connection(connection);

    test.compensate("1", "row");
    assertThat(test.act("1")).isEqualTo(Outcome.succeeded("insert"));

    assertThat(calls).containsExactly("nativeSQL delete row", "nativeSQL insert");
  }

  @Test
  void saysThatTheStepNeedsAConnection() {
    assertNeedsAConnection((order, tx) -> tx.connection());
    assertNeedsAConnection((order, tx) -> tx.unwrap(Connection.class));
    var dsl = step((order, tx) -> tx.unwrap(Dsl.class));
    assertThatThrownBy(
            () ->
                StepTest.of(dsl)
                    .unwrapping(Dsl.class, tx -> new Dsl(tx.connection()))
                    .actOrThrow("1"))
        .hasMessage("step local asks for its connection (expected: connection(..))");
  }

  private static void assertNeedsAConnection(LocalTask<String> task) {
    assertThatThrownBy(() -> StepTest.of(step(task)).actOrThrow("1"))
        .isInstanceOf(AssertionError.class)
        .hasMessage("step local asks for its connection (expected: connection(..))");
  }

  @Test
  void unwrapsWhatTheTestSaysOnTheStepsOwnConnection() throws Exception {
    var step =
        Step.named("local", String.class)
            .local(
                String.class,
                (order, tx) -> {
                  Dsl dsl = tx.unwrap(Dsl.class);
                  assertThat(dsl.connection()).isSameAs(tx.connection());
                  return dsl.connection().nativeSQL("insert");
                })
            .compensation(
                (order, row, tx) -> tx.unwrap(Dsl.class).connection().nativeSQL("delete " + row));

    StepTest.of(step)
        .unwrapping(Dsl.class, tx -> new Dsl(tx.connection()))
        .connection(connection)
        .compensate("1");

    assertThat(calls).containsExactly("nativeSQL insert", "nativeSQL delete insert");
  }

  @Test
  void unwrapsAValueThatNeedsNoConnection() throws Exception {
    var step = step((order, tx) -> calls.add(tx.unwrap(String.class) + tx.unwrap(Integer.class)));

    StepTest.of(step)
        .unwrapping(String.class, tx -> "a value")
        .unwrapping(Integer.class, tx -> 1)
        .actOrThrow("1");

    assertThat(calls).containsExactly("a value1");
  }

  @Test
  void saysWhatTheStepUnwrapsAndTheTestDoesNotGive() {
    var test = StepTest.of(step((order, tx) -> tx.unwrap(Dsl.class)));
    String message =
        "step local unwraps a io.skald.testkit.LocalStepTestTest$Dsl (expected:"
            + " unwrapping(Dsl.class, ..))";
    assertThatThrownBy(() -> test.actOrThrow("1"))
        .isInstanceOf(AssertionError.class)
        .hasMessage(message);
    assertThatThrownBy(() -> test.connection(connection).actOrThrow("1"))
        .isInstanceOf(AssertionError.class)
        .hasMessage(message);
    // as an engine's transaction, which knows the connection by no other type
    var any = StepTest.of(step((order, tx) -> tx.unwrap(AutoCloseable.class)));
    assertThatThrownBy(() -> any.connection(connection).actOrThrow("1"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("unwrapping(AutoCloseable.class, ..)");
  }

  @Test
  void hasOneWayToGiveAConnection() {
    var test = StepTest.of(step((order, tx) -> calls.add("ran")));
    assertThatThrownBy(() -> test.unwrapping(Connection.class, tx -> connection))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("type: java.sql.Connection (expected: connection(..))");
  }

  @Test
  void refusesWhatAnEnginesConnectionRefuses() {
    assertRefused("commit", Connection::commit);
    assertRefused("rollback", Connection::rollback);
    assertRefused("close", Connection::close);
    assertRefused("abort", open -> open.abort(Runnable::run));
    assertRefused("setAutoCommit", open -> open.setAutoCommit(false));
    assertRefused(
        "setTransactionIsolation",
        open -> open.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE));
    assertRefused("setReadOnly", open -> open.setReadOnly(true));
    assertRefused("commit", open -> open.unwrap(Connection.class).commit());
    assertThat(calls).isEmpty();
  }

  private void assertRefused(String name, Deed deed) {
    var step = step((order, tx) -> deed.doOn(tx.connection()));
    assertThatThrownBy(() -> StepTest.of(step).connection(connection).act("1"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            name
                + "() is refused inside a local step: its transaction belongs to the engine."
                + " Throw to roll back; use a savepoint to undo a part");
  }

  @Test
  @SuppressWarnings("NullAway") // the connection to nowhere has no savepoints
  void allowsSavepointsAndLetsThroughWhatTheConnectionThrows() throws Exception {
    var step =
        step(
            (order, tx) -> {
              tx.connection().setSavepoint();
              tx.connection().rollback(null);
            });
    assertThat(StepTest.of(step).connection(connection).act("1"))
        .isEqualTo(Outcome.succeeded(Done.DONE));
    assertThat(calls).containsExactly("setSavepoint", "rollback null");

    var failing = step((order, tx) -> tx.connection().nativeSQL("refused"));
    assertThatThrownBy(
            () -> StepTest.of(failing).connection(Connections.thatFails()).actOrThrow("1"))
        .isInstanceOf(SQLException.class)
        .hasMessage("no such table");
  }

  private static CompensatableStep<String, Done> step(LocalTask<String> task) {
    return Step.named("local", String.class).local(task).needsNoCompensation();
  }
}
