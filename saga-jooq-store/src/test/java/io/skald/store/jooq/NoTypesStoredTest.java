package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.store.jooq.SecretSagas.Secret;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** No row that any construct or any failure writes names a class: what is stored outlives code. */
class NoTypesStoredTest {
  private final EngineFixture fixture = new EngineFixture();
  private final SecretSagas sagas = new SecretSagas(fixture.database);

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void noColumnOfAnyTableNamesAClass() throws Exception {
    sagas.prepare();
    SagaDefinition<Secret, Secret> everything = sagas.everything();
    List<SagaDefinition<Secret, Done>> failures = sagas.failures();
    List<SagaDefinition<?, ?>> all = new ArrayList<>(failures);
    all.add(everything);
    all.add(sagas.child());
    SagaEngine engine = fixture.open(all.toArray(SagaDefinition<?, ?>[]::new));
    SagaHandle<Secret> handle = engine.start(everything, Secret.of("o1"));
    sagas.complete(engine, handle);
    assertThat(handle.await(EngineFixture.SOON)).isInstanceOf(SagaEnd.Completed.class);
    for (SagaDefinition<Secret, Done> failure : failures) {
      engine.start(failure, Secret.of(failure.name())).await(EngineFixture.SOON);
    }
    String stored = stored();

    assertThat(stored).contains("{\"key\":\"o1\",\"text\":\"" + SecretSagas.CANARY + "\"}");
    // the kind of an exception is all that is said of a class, and only where errors are
    assertThat(stored)
        .doesNotContain("io.skald", "java.", "org.jooq", "Secret", "@class", "$")
        .contains("PSQLException: ");
    assertThat(withoutErrors()).doesNotContain("Exception", "PermanentFailure");
  }

  /** Every column of every row, as text. */
  private String stored() {
    StringBuilder stored = new StringBuilder();
    for (Tables.Declared table : Tables.of(fixture.database.schema()).all()) {
      stored.append(
          fixture.database.value(
              "select coalesce(string_agg(t::text, ' '), '') from %s."
                  + table.table().getName()
                  + " t"));
    }
    return stored.toString().replace("\"\"", "\"");
  }

  private String withoutErrors() {
    fixture.database.execute(
        "update %s.saga set error = null; update %s.saga_log set error = null");
    return stored();
  }
}
