package io.skald.store.jooq;

import static io.skald.store.jooq.StorePlans.by;
import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.Amendment;
import io.skald.engine.spi.Erased;
import io.skald.engine.spi.Erasing;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** An erasure finds its rows by indexes, in tables of ended sagas. */
class ErasurePlansTest {
  private static final TestDatabase DATABASE = TestDatabase.migrated();
  private static final Amendment.Audit AUDIT =
      new Amendment.Audit("olga", "erase", "", "asked for");

  @BeforeAll
  static void fill() {
    EndedSagas.fill(DATABASE);
    DATABASE.execute("vacuum analyze %s.saga");
  }

  @AfterAll
  static void drop() {
    DATABASE.close();
  }

  @Test
  void whatItErasesIsFoundByKeyIdAndParent() {
    var plans = new StorePlans(DATABASE);
    assertThat(plans.store().erase(new Erasing.OfKey("k5000"), AUDIT))
        .isEqualTo(new Erased.Done(1));

    assertThat(plans.plan())
        .containsPattern(by("saga_business_key_definition_idx"))
        .containsPattern(by("saga_pkey"))
        .containsPattern("saga_parent_id_finished_at_idx[^>]*parent_id = f.id")
        .containsPattern(by("saga_log_pkey"))
        .containsPattern(by("saga_signal_business_key_definition_consumed_at_idx"))
        .containsPattern(by("saga_signal_pkey"))
        .doesNotContain("Hash Join", "Merge Join");
  }
}
