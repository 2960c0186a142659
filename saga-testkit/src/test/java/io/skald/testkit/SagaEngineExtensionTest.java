package io.skald.testkit;

import static io.skald.testkit.SagaAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;

class SagaEngineExtensionTest {
  private static final SagaDefinition<String, Done> ORDER =
      Saga.define("order", String.class)
          .key(id -> id)
          .step(
              Step.named("insert", String.class)
                  .local((id, tx) -> tx.unwrap(InMemoryTables.class).put("orders", id, "new"))
                  .compensation(
                      (id, done, tx) -> tx.unwrap(InMemoryTables.class).remove("orders", id)))
          .step(
              Step.named("charge", String.class)
                  .remote(
                      (id, call) -> {
                        if (id.startsWith("declined")) {
                          throw new PermanentFailure("declined");
                        }
                      })
                  .needsNoCompensation())
          .build();

  @RegisterExtension final SagaEngineExtension sagas = SagaEngineExtension.of(ORDER);

  @Test
  void runsASagaToItsEnd() throws Exception {
    assertThat(sagas.run(ORDER, "o-1")).isCompleted().ranActionsInOrder("insert", "charge");
    assertThat(sagas.inMemoryStore().table("orders")).containsEntry("o-1", "new");
  }

  @Test
  void runsASagaThatCompensates() throws Exception {
    assertThat(sagas.run(ORDER, "declined-1")).isCompensated().ranCompensationsInOrder("insert");
    assertThat(sagas.inMemoryStore().table("orders")).isEmpty();
  }

  @Test
  void waitsForASagaThatWasStartedBefore() throws Exception {
    var saga = sagas.engine().start(ORDER, "o-2");

    assertThat(sagas.awaitEnd(saga)).isCompleted();
  }

  @Test
  void refusesUseOutsideOfATest() {
    assertThatThrownBy(SagaEngineExtension.of(ORDER)::engine)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no test runs");
  }

  /** Whatever order its tests run in, none sees what another one stored. */
  @Nested
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  class EachTest {
    private final Set<InMemorySagaStore> stores = new HashSet<>();

    @Test
    void hasAStoreOfItsOwn() throws Exception {
      startsWithNothing();
    }

    @Test
    void hasAnotherStoreThanTheOneBefore() throws Exception {
      startsWithNothing();
    }

    private void startsWithNothing() throws Exception {
      assertThat(sagas.inMemoryStore().table("orders")).isEmpty();
      assertThat(sagas.run(ORDER, "o-3")).isCompleted();
      stores.add(sagas.inMemoryStore());
    }

    @AfterAll
    void sawTwoStores() {
      assertThat(stores).hasSize(2);
    }
  }
}
