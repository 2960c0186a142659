package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.SagaEngine;
import io.skald.saga.Migration;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaId;
import io.skald.saga.Step;
import io.skald.saga.view.SagaStatus;
import io.skald.store.jooq.OrderSteps.Order;
import org.junit.jupiter.api.Test;

/** What becomes of a saga in flight whose steps the next version has elsewhere, or no more. */
class EngineMigratedStepsTest extends MigrationScene {

  @Test
  void aStepInsertedBeforeItsPositionIsSkippedWithTheDeclaredResult() throws Exception {
    var using =
        Step.named("using", Order.class)
            .local(String.class, (order, tx) -> tx.resultOf(check))
            .needsNoCompensation();
    var source = version(head(1), book, pause);
    var target =
        head(2)
            .step(book)
            .step(check)
            .step(pause)
            .step(using)
            .returning(String.class, (order, results) -> results.resultOf(using));
    SagaId id = left(source);
    SagaEngine engine = fixture.open(target);
    assertMoved(engine, Migration.from(source).to(target).skipped(check, "not checked").build());

    assertThat(steps(engine.view(id).orElseThrow()))
        .containsExactly("book SUCCEEDED", "wait WAITING", "check SKIPPED");
    engine.signal(target, "o1", GO, "now");
    assertThat(engine.find(target, "o1").orElseThrow().await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Completed<>("not checked"));
    assertThat(calls).isEmpty();
  }

  @Test
  void aSkippedStepIsNotCompensated() {
    var source = version(head(1), book, pause);
    var target = version(head(2), check, book, pause);
    SagaId id = left(source);
    SagaEngine engine = fixture.open(target);
    assertMoved(engine, Migration.from(source).to(target).skipped(check, "none").build());
    engine.operator().cancel(id, "ada", "no longer wanted");

    fixture.await(engine, id, SagaStatus.COMPENSATED);
    assertThat(calls).containsExactly("took back book of o1");
  }

  @Test
  void aSagaPastAStepThatWasInsertedStaysUnlessItIsToBeSkipped() {
    var source = version(head(1), book, pause);
    left(source);
    assertStays(
        source,
        Migration.from(source).to(version(head(2), book, check, pause)).inserted(check).build(),
        "it is past step check, which it has not done");
  }

  @Test
  void stepsThatChangedPlacesKeepASagaThatIsBetweenThem() {
    var source = version(head(1), book, pause, check);
    left(source);
    assertStays(
        source,
        Migration.from(source).to(version(head(2), check, book, pause)).build(),
        "it is past step check, which it has not done");
  }

  @Test
  void aSagaThatHasNotComeToAnInsertedStepDoesIt() throws Exception {
    var source = version(head(1), book, pause, ship);
    var target = version(head(2), book, pause, check, ship);
    left(source);
    SagaEngine engine = fixture.open(target);
    assertMoved(engine, Migration.from(source).to(target).inserted(check).build());
    engine.signal(target, "o1", GO, "now");

    assertThat(engine.find(target, "o1").orElseThrow().await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Completed<>(2));
    assertThat(calls).containsExactly("check", "ship");
  }

  @Test
  void aRetiredStepIsCompensatedAsItWasUnderTheSameKey() {
    var source = version(head(1), book, call, check, pause);
    var target = version(head(2).retired(call).retired(book), check, pause);
    SagaId id = left(source);
    SagaEngine engine = fixture.open(target);
    assertMoved(engine, Migration.from(source).to(target).build());
    engine.operator().cancel(id, "ada", "no longer wanted");

    fixture.await(engine, id, SagaStatus.COMPENSATED);
    assertThat(calls)
        .containsExactly(
            "took back check of o1", "took back by " + id + ":call:action", "took back book of o1");
  }

  @Test
  void whatADroppedStepHasDoneStaysAndIsNotCompensated() {
    var source = version(head(1), book, check, pause);
    var target = version(head(2), check, pause);
    SagaId id = left(source);
    SagaEngine engine = fixture.open(target);
    assertMoved(engine, Migration.from(source).to(target).dropped(book).build());
    assertThat(steps(engine.view(id).orElseThrow()))
        .containsExactly("check SUCCEEDED", "wait WAITING");
    engine.operator().cancel(id, "ada", "no longer wanted");

    fixture.await(engine, id, SagaStatus.COMPENSATED);
    assertThat(calls).containsExactly("took back check of o1");
  }

  @Test
  void aSagaThatStandsAtADroppedStepStays() {
    var source = version(head(1), book, pause);
    left(source);
    assertStays(
        source,
        Migration.from(source).to(version(head(2), book, check)).dropped(pause).build(),
        "it stands at step wait, which is dropped");
  }

  @Test
  void whatALocalStepHasDoneGoesWithItsNewName() {
    var booked = local("booked");
    var source = version(head(1), book, pause);
    var target = version(head(2), booked, pause);
    SagaId id = left(source);
    SagaEngine engine = fixture.open(target);
    assertMoved(engine, Migration.from(source).to(target).renamed(book, booked).build());
    assertThat(steps(engine.view(id).orElseThrow()))
        .containsExactly("booked SUCCEEDED", "wait WAITING");
    engine.operator().cancel(id, "ada", "no longer wanted");

    fixture.await(engine, id, SagaStatus.COMPENSATED);
    assertThat(calls).containsExactly("took back book of o1");
  }

  /** Under its new name it would be compensated by a key that nobody knows. */
  @Test
  void aSagaThatHasCalledOutAtARenamedStepStays() {
    var phone = remote("phone");
    var source = version(head(1), call, pause);
    left(source);
    assertStays(
        source,
        Migration.from(source).to(version(head(2), phone, pause)).renamed(call, phone).build(),
        "step call is renamed, and others know it by its name: it has called out");
  }

  @Test
  void aSagaThatHasNotCalledOutAtARenamedStepIsMoved() throws Exception {
    var phone = remote("phone");
    var source = version(head(1), book, pause, call);
    var target = version(head(2), book, pause, phone);
    left(source);
    SagaEngine engine = fixture.open(target);
    assertMoved(engine, Migration.from(source).to(target).renamed(call, phone).build());
    engine.signal(target, "o1", GO, "now");
    assertThat(engine.find(target, "o1").orElseThrow().await(EngineFixture.SOON))
        .isEqualTo(new SagaEnd.Completed<>(2));
    assertThat(calls).containsExactly("phone");
  }

  @Test
  void aSagaPastItsPivotStaysOffAVersionInWhichItWouldNotBe() {
    var source =
        head(1)
            .pivot(Step.named("pivot", Order.class).local((order, tx) -> {}))
            .step(Step.await("wait", GO).within(DAY).orElse("none"))
            .build();
    var target =
        head(2)
            .step(Step.named("pivot", Order.class).local((order, tx) -> {}).needsNoCompensation())
            .step(Step.await("wait", GO).within(DAY).orElse("none"))
            .step(ship)
            .build();
    left(source);
    assertStays(
        source,
        Migration.from(source).to(target).build(),
        "it has reached its pivot, and in that version it would not have");
  }
}
