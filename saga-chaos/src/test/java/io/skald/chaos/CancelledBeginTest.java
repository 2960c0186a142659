package io.skald.chaos;

import static io.skald.chaos.WireScene.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.error.SagaStoreException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A BEGIN that is cancelled. The driver sends it as a message of its own ahead of the first
 * statement and waits for neither: so the server does that statement outside of any transaction,
 * commits it at once, and the caller is told that it was cancelled.
 */
@Timeout(300)
class CancelledBeginTest {
  /** More than a saga that starts another one begins. */
  private static final int BEGINS = 18;

  private static final String STUCK =
      """
      select id, error
      from skald.saga
      where status = 'STUCK'
      """;

  private static final String EFFECTS_TWICE =
      """
      select saga_id, step
      from effect
      group by saga_id, step
      having count(*) > 1
      """;

  private static final String EFFECTS_WITHOUT_A_RECORD =
      """
      select e.step
      from effect e
      where e.saga_id = '%s'
        and not exists (
          select
          from skald.saga_log l
          where l.saga_id = e.saga_id
            and l.step_name = e.step
            and l.status = 'SUCCEEDED')
      """;

  /** A saga whose child is stuck waits for it, and for the human who looks after that. */
  private static final String AT_WORK =
      """
      select count(*)
      from skald.saga s
      where s.status in ('RUNNING', 'COMPENSATING')
        and not exists (
          select
          from skald.saga c
          where c.parent_id = s.id
            and c.status = 'STUCK')
      """;

  private final WireScene scene = new WireScene();

  @AfterEach
  void close() throws Exception {
    scene.close();
  }

  @Test
  void whicheverBeginIsCancelledASagaEndsOrIsStuckWhereAnEffectHasNoRecord() throws Exception {
    WireScene.Node node = scene.open();
    for (int nth = 1; nth <= BEGINS; nth++) {
      node.wire().onNth(nth, WireDialogue.Said.begin()).cancel();

      start(node, "o" + nth);

      await("all is at rest after BEGIN " + nth, () -> scene.database.count(AT_WORK) == 0);
      node.wire().heal();
    }

    assertThat(node.wire().struck().get(WireFault.Kind.CANCEL)).isGreaterThan(BEGINS / 3);
    assertThat(scene.database.rows(EFFECTS_TWICE)).isEmpty();
    List<List<String>> stuck = scene.database.rows(STUCK);
    assertThat(stuck).as("local steps are among them").isNotEmpty();
    for (List<String> saga : stuck) {
      assertThat(saga.get(1)).contains("ended its own transaction");
      assertThat(scene.database.rows(EFFECTS_WITHOUT_A_RECORD.formatted(saga.getFirst())))
          .hasSize(1);
    }
  }

  /** Its own transaction is among those whose BEGIN is cancelled. */
  private void start(WireScene.Node node, String key) {
    try {
      var unused = node.engine().start(scene.escorted, new Trips.Trip(key));
    } catch (SagaStoreException e) {
      assertThat(e.kind()).isEqualTo(SagaStoreException.Kind.TRANSIENT);
    }
  }
}
