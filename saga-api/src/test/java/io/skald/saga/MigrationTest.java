package io.skald.saga;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.step.CompensatablePart;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.NeutralStep;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What a migration has to declare, and what it says where that is missing. */
class MigrationTest {
  private static final Upcast SAME = json -> json;

  private final CompensatableStep<String, Integer> book = local("book", Integer.class);
  private final CompensatableStep<String, Integer> pay = remote("pay");
  private final CompensatableStep<String, Integer> check = local("check", Integer.class);
  private final SagaDefinition<String, Done> source = version(1).step(book).step(pay).build();

  private static <R> CompensatableStep<String, R> local(String name, Class<R> result) {
    return Step.named(name, String.class)
        .local(
            result,
            (input, tx) -> {
              throw new IllegalStateException("never called");
            })
        .compensation((input, value, tx) -> {});
  }

  private static CompensatableStep<String, Integer> remote(String name) {
    return Step.named(name, String.class)
        .remote(Integer.class, (input, call) -> 1)
        .compensation((input, value, call) -> {});
  }

  private static SagaHead<String> version(int number) {
    return Saga.define("moved", String.class).version(number);
  }

  private static MigrationDraft between(SagaDefinition<?, ?> source, SagaDefinition<?, ?> target) {
    return Migration.from(source).to(target);
  }

  private static void refuses(ThrowingCallable built, String message) {
    assertThatThrownBy(built)
        .isInstanceOf(SagaDefinitionException.class)
        .hasMessage("migration of saga moved: " + message);
  }

  @Test
  void stepsOfOneNameNeedNoWord() {
    var target = version(2).step(book).step(pay).step(check).build();
    Migration migration = between(source, target).build();

    assertThat(migration.nameOf("book")).contains("book");
    assertThat(migration).hasToString("moved version 1 to 2");
    assertThat(migration.skipped()).isEmpty();
  }

  @Test
  void aPathGoesWithTheNamesInItAndNotWithTheNumbers() {
    var each =
        Step.forEach("1", String.class, String.class, (input, results) -> List.of(input))
            .step(local("inner", Integer.class));
    var first = version(1).step(each).build();
    var second =
        version(2)
            .step(
                Step.forEach("one", String.class, String.class, (input, results) -> List.of(input))
                    .step(local("within", Integer.class)))
            .build();
    Migration migration =
        between(first, second)
            .renamed(each, Step.delay("one", Duration.ofDays(1)))
            .renamed(local("inner", Integer.class), local("within", Integer.class))
            .build();

    assertThat(migration.pathOf("1/1/inner")).isEqualTo("one/1/within");
  }

  @Test
  void aStepThatIsGoneIsRetiredOrDroppedOrRenamed() {
    var target = version(2).step(pay).build();
    refuses(
        () -> between(source, target).build().source(),
        "step book of version 1 is not in version 2 (expected: retired(book) in version 2, which"
            + " compensates it as before; or dropped(..), which leaves what it did as it is; or"
            + " renamed(..))");

    assertThat(between(source, target).dropped(book).build().nameOf("book")).isEmpty();
    var retiring = version(2).retired(book).step(pay).build();
    assertThat(between(source, retiring).build().nameOf("book")).contains("book");
    var renaming = version(2).step(check).step(pay).build();
    assertThat(between(source, renaming).renamed(book, check).build().nameOf("book"))
        .contains("check");
  }

  @Test
  void aStepThatComesBeforeAnotherIsInsertedOrSkipped() {
    var target = version(2).step(book).step(check).step(pay).build();
    refuses(
        () -> between(source, target).build().source(),
        "step check of version 2 comes before pay and is not in version 1 (expected: skipped(check,"
            + " ..), with which a saga past it goes on; or inserted(..), which leaves such a saga"
            + " on version 1)");

    assertThat(between(source, target).inserted(check).build().skipped()).isEmpty();
    assertThat(between(source, target).skipped(check, 7).build().skipped())
        .containsEntry("check", 7);
    refuses(
        () -> between(source, target).skipped(check, 7).inserted(check).build().source(),
        "step check is both inserted and skipped (expected: one of them)");
    refuses(
        () -> between(source, target).inserted(check).skipped(pay, 7).build().source(),
        "step pay is inserted, and version 1 has it (expected: one of them)");
  }

  @Test
  void anotherTypeNeedsAFunction() {
    var target = version(2).step(local("book", String.class)).step(pay).build();
    refuses(
        () -> between(source, target).build().source(),
        "step book answers a java.lang.Integer in version 1 and a java.lang.String in version 2"
            + " (expected: result(book, ..) with what makes one of the other)");
    assertThat(between(source, target).result(book, SAME).build().resultUpcast("book"))
        .contains(SAME);

    var other = Saga.define("moved", Integer.class).version(2).step(delay("x")).build();
    refuses(
        () -> between(version(1).step(delay("x")).build(), other).build().source(),
        "the input is a java.lang.String in version 1 and a java.lang.Integer in version 2"
            + " (expected: input(..) with what makes one of the other)");
    assertThat(
            between(version(1).step(delay("x")).build(), other).input(SAME).build().inputUpcast())
        .contains(SAME);
  }

  private static NeutralStep<Object, Done> delay(String name) {
    return Step.delay(name, Duration.ofDays(1));
  }

  @Test
  void anotherStepUnderTheSameNameIsRefused() {
    String how =
        " (expected: another name for it, and retired(pay) or dropped(..) for the one of"
            + " version 1)";
    refusesPay(local("pay", Integer.class), "is local, not remote: it is another step" + how);
    refusesPay(
        Step.named("pay", String.class)
            .remote(Integer.class, (input, call) -> 1)
            .needsNoCompensation(),
        "is not compensated any more: it is another step" + how);
    refusesPay(delay("pay"), "is of another kind: it is another step" + how);
  }

  private void refusesPay(Compensatable<? super String, ?> now, String why) {
    var target = version(2).step(book).step(now).build();
    refuses(() -> between(source, target).build().source(), "step pay of version 2 " + why);
  }

  @Test
  void aWaitKeepsItsNameAndItsSignal() {
    var waiting = version(1).step(await("wait", "go")).build();
    refuses(
        () ->
            between(waiting, version(2).step(await("rest", "go")).build())
                .renamed(await("wait", "go"), await("rest", "go"))
                .build()
                .source(),
        "step wait waits for a signal, and the tokens given away for it are made of its name"
            + " (expected: its name in version 2 as well)");
    refuses(
        () -> between(waiting, version(2).step(await("wait", "on")).build()).build().source(),
        "step wait of version 2 awaits another signal: it is another step (expected: another name"
            + " for it, and retired(wait) or dropped(..) for the one of version 1)");
  }

  private static CompensatablePart<Object, String> await(String name, String signal) {
    return Step.await(name, Signal.named(signal, String.class))
        .within(Duration.ofDays(1))
        .orCompensate();
  }

  @Test
  void whatIsDeclaredHasToBeThere() {
    var target = version(2).step(check).step(pay).build();
    refuses(
        () -> between(source, target).renamed(book, pay).build().source(),
        "step book cannot become pay: there is a step of one of these names on both sides"
            + " (expected: a name that only version 2 has, for one that only version 1 has)");
    refuses(
        () -> between(source, target).dropped(check).build().source(),
        "step check is not in version 1 (expected: a step that is, no sequence and no group)");
    refuses(
        () -> between(source, target).dropped(pay).build().source(),
        "step pay is dropped, and version 2 has it (expected: one of them)");
    refuses(
        () -> between(source, target).renamed(book, check).dropped(book).build().source(),
        "step book is both renamed and dropped (expected: one of them)");
    refuses(
        () -> between(source, target).renamed(book, check).result(book, SAME).build().source(),
        "result(book, ..): no saga of version 1 has such a result (expected: a step of both"
            + " versions)");
  }

  @Test
  void itLeadsFromOneVersionToAnotherOfOneDefinition() {
    refuses(
        () -> between(source, source).build().source(),
        "moved version 1 to moved version 1 (expected: two versions of one definition)");
    var other = Saga.define("other", String.class).version(2).step(book).step(pay).build();
    refuses(
        () -> between(source, other).build().source(),
        "moved version 1 to other version 2 (expected: two versions of one definition)");
  }

  @Test
  void aRetiredStepIsOneThatIsCompensated() {
    assertThatThrownBy(() -> version(2).retired(delay("rest")).step(book).build().name())
        .isInstanceOf(SagaDefinitionException.class)
        .hasMessage(
            "saga moved: step rest is retired and has no compensation; have a migration drop it"
                + " instead");
    assertThatThrownBy(() -> version(2).retired(book).step(book).build().name())
        .hasMessageContaining("step book stands there twice");
  }

  /** A node that does not know it would leave what it did uncompensated. */
  @Test
  void aRetiredStepIsPartOfTheStructureAndOfNoWayForward() {
    var target = version(2).retired(book).step(pay).build();
    assertThat(target.fingerprint()).isNotEqualTo(version(2).step(pay).build().fingerprint());
    assertThat(target.steps()).extracting(step -> step.name()).containsExactly("pay");
    assertThat(target.stepAt("book")).isPresent();
  }
}
