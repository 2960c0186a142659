package io.skald.store.jooq;

import static io.skald.store.jooq.Fixtures.joined;
import static io.skald.store.jooq.Fixtures.recorded;
import static io.skald.store.jooq.Fixtures.started;
import static io.skald.store.jooq.Fixtures.succeeded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.Relocated;
import io.skald.engine.spi.Relocation;
import io.skald.engine.spi.Relocation.MovedRow;
import io.skald.engine.spi.Relocation.RowKey;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaStore;
import io.skald.engine.spi.Transition;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.view.Direction;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A move of a saga to another version, cut off on its way, on real PostgreSQL. */
class RelocateSagaTest {
  private final TestDatabase database = TestDatabase.migrated();
  private final SagaStore store = database.store();
  private final Fence fence = started(store, joined(store));

  @BeforeEach
  void park() {
    var park = new SagaChange.Park(Duration.ofDays(1), null, Lane.ORDINARY);
    store.write(List.of(recorded(fence, succeeded("a", 1), succeeded("b", 2))));
    store.write(List.of(new Transition(fence, List.of(), park, Links.NONE)));
  }

  @AfterEach
  void close() {
    database.close();
  }

  private static Relocation relocation(String path) {
    return new Relocation(
        new DefinitionRef("place-order", 2, "f2"),
        "{}",
        "digest",
        null,
        List.of(
            new MovedRow(new RowKey("b", Direction.ACTION), "x", "x", null, "1"),
            new MovedRow(new RowKey(path, Direction.ACTION), "y", "y", null, "2")),
        List.of(),
        List.of(),
        new Amendment.Audit("ada", "migrate", "", "because"));
  }

  private String dump() {
    return database.value(
        """
        select (select string_agg(s::text, ' ') from %s.saga s)
          || (select string_agg(l::text, ' ' order by l.seq) from %s.saga_log l)
          || (select count(*) from %s.saga_audit)
        """);
  }

  @Test
  void aMoveWhoseSessionEndsLeavesEverythingAsItWas() {
    String before = dump();
    assertThatThrownBy(
            () ->
                store.relocate(
                    fence.saga(),
                    found -> {
                      database.execute(
                          """
                          select pg_terminate_backend(l.pid)
                          from pg_locks l
                          where l.relation = '%s.saga'::regclass
                            and l.mode = 'RowShareLock'
                            and l.pid <> pg_backend_pid()
                          """);
                      return Optional.of(relocation("a"));
                    }))
        .isInstanceOf(SagaStoreException.class);

    assertThat(dump()).isEqualTo(before);
    assertThat(store.relocate(fence.saga(), found -> Optional.of(relocation("a"))))
        .isEqualTo(Relocated.MOVED);
  }

  /** The first row is rewritten by then. */
  @Test
  void aMoveThatFailsHalfWayLeavesEverythingAsItWas() {
    String before = dump();
    assertThatThrownBy(
            () -> store.relocate(fence.saga(), found -> Optional.of(relocation("ghost"))))
        .isInstanceOf(SagaStoreException.class)
        .hasMessageEndingWith(": 1 rows changed (expected: 2)");
    assertThat(dump()).isEqualTo(before);
  }
}
