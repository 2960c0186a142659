package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.HandlerResolver;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.LogRow;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.SagaRow;
import io.skald.engine.spi.SagaSnapshot;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaId;
import io.skald.saga.Step;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaView;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a view says of a saga, from what the store holds of it. */
class ViewsTest {
  private static final Instant DEADLINE = Instant.parse("2026-03-01T12:00:00Z");
  private static final SagaDefinition<String, Done> ORDER =
      Saga.define("order", String.class)
          .deadline(Duration.ofHours(1))
          .step(Step.named("reserve", String.class).local((in, tx) -> {}).needsNoCompensation())
          .pivot(Step.named("charge", String.class).local((in, tx) -> {}))
          .step(Step.named("ship", String.class).local((in, tx) -> {}))
          .build();

  @ParameterizedTest(name = "{0} after {1} steps, {2} s after the deadline: {3}")
  @CsvSource({
    "RUNNING, 0, 5, true",
    "RUNNING, 1, -5, false",
    "RUNNING, 1, 0, true",
    "RUNNING, 2, 5, true",
    "COMPENSATING, 1, -5, false",
    "COMPENSATING, 1, 0, true",
    "STUCK, 2, 5, true",
    "COMPENSATED, 1, 5, false",
    "COMPLETED, 3, 5, false",
    "RESOLVED, 2, 5, false"
  })
  void isOverdueByTheTimeItWasReadAtUntilItHasEnded(
      SagaStatus status, int steps, int seconds, boolean isOverdue) {
    SagaSnapshot snapshot = snapshot(status, steps, DEADLINE, DEADLINE.plusSeconds(seconds));

    assertThat(views(ORDER).of(snapshot, List.of()).isOverdue()).isEqualTo(isOverdue);
    assertThat(views().of(snapshot, List.of()).isOverdue())
        .as("where nobody knows the definition")
        .isEqualTo(isOverdue);
  }

  @Test
  void isNeverOverdueWithoutADeadline() {
    SagaSnapshot snapshot = snapshot(SagaStatus.RUNNING, 2, null, Instant.MAX);

    assertThat(views(ORDER).of(snapshot, List.of()).isOverdue()).isFalse();
  }

  // ---- sagas that are linked, and what was decided

  private static final SagaId CHILD = SagaId.parse("01936b2c-0000-7000-8000-000000000002");

  private static final SagaDefinition<String, Done> KID =
      Saga.define("kid", String.class)
          .step(Step.named("play", String.class).local((in, tx) -> {}).needsNoCompensation())
          .build();

  private static SagaDefinition<String, Done> family(Duration deadline) {
    return Saga.define("order", String.class)
        .deadline(deadline)
        .step(Step.saga("have-a-kid", String.class, KID, (in, results) -> in))
        .build();
  }

  @Test
  void theEndOfASagaItStartedIsDueAtNoTime() {
    SagaDefinition<String, Done> endless =
        Saga.define("order", String.class)
            .step(Step.saga("have-a-kid", String.class, KID, (in, results) -> in))
            .build();
    LogRow waiting = row("have-a-kid", LogStatus.WAITING, CHILD.toString());
    var snapshot = snapshot(endless, SagaStatus.RUNNING, null, List.of(waiting));

    SagaView view = views(endless).of(snapshot, List.of());

    assertThat(view.next()).isEqualTo("the end of saga kid, for step have-a-kid");
    assertThat(view.nextAt()).isEmpty();
  }

  @Test
  void whatIsWaitedForIsDueAtTheDeadlineIfNothingElseIs() {
    var family = family(Duration.ofHours(1));
    LogRow waiting = row("have-a-kid", LogStatus.WAITING, CHILD.toString());

    SagaView view =
        views(family)
            .of(snapshot(family, SagaStatus.RUNNING, DEADLINE, List.of(waiting)), List.of());

    assertThat(view.next())
        .isEqualTo("the end of saga kid, for step have-a-kid, or else the deadline");
    assertThat(view.nextAt()).hasValue(DEADLINE);
  }

  @Test
  void theCompensationOfASagaItStartedIsDueAtNoTime() {
    var family = family(Duration.ofHours(1));
    LogRow action = row("have-a-kid", LogStatus.SUCCEEDED, CHILD.toString());
    LogRow back =
        new LogRow(
            "have-a-kid",
            Direction.COMPENSATION,
            "have-a-kid",
            2,
            LogStatus.WAITING,
            1,
            0,
            null,
            null,
            null,
            null,
            DEADLINE,
            DEADLINE,
            null);

    SagaView view =
        views(family)
            .of(snapshot(family, SagaStatus.COMPENSATING, null, List.of(action, back)), List.of());

    assertThat(view.next()).isEqualTo("the compensation of a saga it started");
    assertThat(view.nextAt()).isEmpty();
  }

  @Test
  void aStepThatIsASagaTellsWhichOneAndThatOneTellsWhatStartedIt() {
    var family = family(Duration.ofHours(1));
    LogRow waiting = row("have-a-kid", LogStatus.WAITING, CHILD.toString());
    var parent = new Parent(new SagaId(new UUID(0, 1)), "have-a-kid");

    SagaView view =
        views(family)
            .of(snapshot(family, SagaStatus.RUNNING, DEADLINE, List.of(waiting)), List.of());

    assertThat(view.parent()).isEmpty();
    assertThat(view.steps().getFirst().child()).hasValue(CHILD);
    assertThat(view.steps().getFirst().decision()).hasValue("as saga " + CHILD);
    SagaSnapshot child =
        new SagaSnapshot(saga(KID, SagaStatus.RUNNING, null, parent), List.of(), DEADLINE);
    assertThat(views(family).of(child, List.of()).parent())
        .hasValue(new SagaView.ParentView(view.id(), "have-a-kid"));
  }

  @ParameterizedTest(name = "{0} {1}, decided {2}: {3}")
  @CsvSource({
    "choice, SUCCEEDED, one, branch one",
    "choice, SUCCEEDED, '', none of its branches",
    "each, SUCCEEDED, 1, 1 element",
    "each, SUCCEEDED, 0, 0 elements",
    "each, FAILED, , ",
    "flaky, UNKNOWN, go on, the saga went on with another result",
    "flaky, UNKNOWN, ask operator, an operator decides",
    "flaky, SKIPPED, ask operator, ",
    "flaky, RETRYING, '', ",
    "handed-out, WAITING, 2026-03-01T12:00:00Z, "
  })
  void saysInWordsWhatWasDecided(
      String step, LogStatus status, @Nullable String decision, @Nullable String words) {
    SagaDefinition<String, Done> deciding =
        Saga.define("order", String.class)
            .step(
                Step.choice("choice", String.class, Done.class)
                    .on((in, r) -> true, remote("one"))
                    .otherwiseNothing())
            .step(
                Step.forEach("each", String.class, String.class, (in, r) -> List.of(in))
                    .step(remote("each-one")))
            .step(remote("flaky"))
            .step(
                Step.named("handed-out", String.class)
                    .async(String.class, (in, call) -> {})
                    .needsNoCompensation())
            .build();
    var snapshot =
        snapshot(deciding, SagaStatus.RUNNING, null, List.of(row(step, status, decision)));

    assertThat(views(deciding).of(snapshot, List.of()).steps().getFirst().decision())
        .isEqualTo(Optional.ofNullable(words));
    assertThat(views().of(snapshot, List.of()).steps().getFirst().decision())
        .as("where nobody knows the definition")
        .isEmpty();
  }

  private static CompensatableStep<String, Done> remote(String name) {
    return Step.named(name, String.class).remote((in, call) -> {}).needsNoCompensation();
  }

  private static LogRow row(String step, LogStatus status, @Nullable String decision) {
    return new LogRow(
        step,
        Direction.ACTION,
        step,
        1,
        status,
        1,
        0,
        decision,
        null,
        null,
        null,
        DEADLINE,
        DEADLINE.minusSeconds(60),
        status.isFinal() ? DEADLINE : null);
  }

  private static SagaSnapshot snapshot(
      SagaDefinition<?, ?> definition,
      SagaStatus status,
      @Nullable Instant deadline,
      List<LogRow> log) {
    return new SagaSnapshot(
        saga(definition, status, deadline, null), log, DEADLINE.minusSeconds(600));
  }

  private static Views views(SagaDefinition<?, ?>... definitions) {
    return new Views(Registry.of(List.of(definitions), new NoBeans()));
  }

  private static SagaSnapshot snapshot(
      SagaStatus status, int steps, @Nullable Instant deadline, Instant readAt) {
    List<LogRow> log =
        Stream.of("reserve", "charge", "ship").limit(steps).map(ViewsTest::succeeded).toList();
    return new SagaSnapshot(saga(ORDER, status, deadline, null), log, readAt);
  }

  private static SagaRow saga(
      SagaDefinition<?, ?> definition,
      SagaStatus status,
      @Nullable Instant deadline,
      @Nullable Parent parent) {
    return new SagaRow(
        new SagaId(new UUID(0, 1)),
        new DefinitionRef(definition.name(), definition.version(), definition.fingerprint()),
        "o1",
        Map.of(),
        parent,
        new UUID(0, 9),
        status,
        null,
        1,
        null,
        Lane.ORDINARY,
        deadline,
        null,
        status == SagaStatus.COMPENSATING ? DEADLINE : null,
        0,
        "\"in\"",
        "digest",
        null,
        null,
        DEADLINE.minusSeconds(3600),
        status.isEnd() ? DEADLINE : null,
        null);
  }

  private static LogRow succeeded(String step) {
    return new LogRow(
        step,
        Direction.ACTION,
        step,
        1,
        LogStatus.SUCCEEDED,
        1,
        0,
        null,
        null,
        null,
        null,
        DEADLINE,
        null,
        DEADLINE);
  }

  private static final class NoBeans implements HandlerResolver {
    @Override
    public <T> T resolve(Class<T> type, @Nullable String qualifier) {
      throw new SagaDefinitionException("no bean of type " + type.getName(), null, null);
    }
  }
}
