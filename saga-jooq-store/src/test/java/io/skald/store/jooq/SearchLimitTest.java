package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.error.SagaStoreException;
import io.skald.saga.view.SagaQuery;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A search that takes too long is ended by the server, and takes nothing from the session. */
class SearchLimitTest {
  private final TestDatabase database = TestDatabase.migrated();

  @AfterEach
  void drop() {
    database.close();
  }

  /** In place of the table stands a view that takes a second for each row. */
  @Test
  void aSearchIsEndedAfterTenSeconds() {
    database.execute(
        """
        insert into %s.saga (id, definition, version, fingerprint, business_key, status, input,
          input_digest)
        select gen_random_uuid(), 'place-order', 1, 'f1', 'k' || n, 'RUNNING', '{}', 'd'
        from generate_series(1, 60) n;
        alter table %s.saga rename to slow;
        create view %s.saga as select s.* from %s.slow s where pg_sleep(1) is not null;
        """);
    Instant begin = Instant.now();

    assertThatThrownBy(() -> database.store().search(SagaQuery.all()))
        .isInstanceOf(SagaStoreException.class)
        .hasMessageContaining("57014");
    assertThat(Duration.between(begin, Instant.now()))
        .isBetween(Duration.ofMillis(9_900), Duration.ofSeconds(20));
    assertThat(database.value("show statement_timeout")).isEqualTo("0");
  }
}
