package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.EngineHealth;
import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EngineHealthTest {
  private static final SagaDefinition<String, Done> NOTING =
      Saga.define("noting", String.class)
          .key(input -> input)
          .step(Step.named("note", String.class).local((input, tx) -> {}).needsNoCompensation())
          .build();

  private final EngineFixture fixture = new EngineFixture();

  @AfterEach
  void close() {
    fixture.close();
  }

  private static boolean isUp(SagaEngine engine) {
    return engine.health() instanceof EngineHealth.Up;
  }

  @Test
  void anEngineIsDownUntilItIsOpenAndAfterItIsClosed() {
    SagaEngine engine = fixture.built(builder -> builder);
    assertThat(engine.health()).isEqualTo(new EngineHealth.Down("the engine is not open"));

    engine.open();
    assertThat(engine.health()).isEqualTo(new EngineHealth.Up());

    engine.close();
    assertThat(engine.health()).isEqualTo(new EngineHealth.Down("the engine is not open"));
  }

  @Test
  void anEngineIsDownWhileItsOwnSqlIsRefusedAndGoesOnWhenItIsNot() {
    SagaEngine engine = fixture.open(NOTING);

    fixture.database.execute("alter table %s.saga rename to elsewhere");
    TestDatabase.await(() -> !isUp(engine));
    assertThat(engine.health())
        .isInstanceOfSatisfying(
            EngineHealth.Down.class,
            down -> assertThat(down.reason()).contains("42P01").contains("migrate it"));

    fixture.database.execute("alter table %s.elsewhere rename to saga");
    TestDatabase.await(() -> isUp(engine));
  }

  @Test
  void anEngineThatCannotRouteSignalsIsDownThoughItClaims() {
    SagaEngine engine = fixture.open(NOTING);

    fixture.database.execute("alter table %s.saga_signal rename to elsewhere");
    TestDatabase.await(() -> !isUp(engine));
    assertThat(engine.health())
        .isInstanceOfSatisfying(
            EngineHealth.Down.class,
            down -> assertThat(down.reason()).contains("Polling").contains("42P01"));

    fixture.database.execute("alter table %s.elsewhere rename to saga_signal");
    TestDatabase.await(() -> isUp(engine));
  }

  @Test
  void anEngineWhoseLeaseRanOutIsDownUntilItJoinsAgain() {
    SagaEngine engine = fixture.open(NOTING);

    fixture.database.execute("alter table %s.saga_node rename to elsewhere");
    TestDatabase.await(
        () ->
            engine.health() instanceof EngineHealth.Down(String reason)
                && reason.contains("lease has run out"));

    fixture.database.execute("alter table %s.elsewhere rename to saga_node");
    TestDatabase.await(() -> isUp(engine));
  }
}
