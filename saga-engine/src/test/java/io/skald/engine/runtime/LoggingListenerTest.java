package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.machine.AttemptEnd;
import io.skald.engine.machine.Attempted;
import io.skald.engine.machine.Entry;
import io.skald.engine.machine.Judge;
import io.skald.engine.machine.Verdict;
import io.skald.saga.Done;
import io.skald.saga.Outcome;
import io.skald.saga.Retry;
import io.skald.saga.SagaId;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Position;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaEvent;
import io.skald.saga.view.SagaListener;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is logged, and at which level: a permanent failure is business, a fault is not; messages
 * stay out of it.
 */
class LoggingListenerTest {
  private static final SagaId SAGA = new SagaId(new UUID(0, 1));
  private static final String ERROR =
      "PSQLException: ERROR: invalid input syntax: \"secret\"\n  Detail: (secret)";
  private static final Step<String, Done> LOCAL =
      Step.named("charge", String.class).local((in, tx) -> {}).retry(Retry.never());
  private static final Step<String, Done> REMOTE =
      Step.named("charge", String.class)
          .remote((in, call) -> {})
          .retry(Retry.never())
          .verify((in, call) -> Outcome.unknown());

  @ParameterizedTest(name = "{1} of the action at {0}: {2}")
  @CsvSource({
    "COMPENSATABLE, PERMANENT, INFO",
    "COMPENSATABLE, DISPROVED, INFO",
    "COMPENSATABLE, UNANSWERED, WARN",
    "COMPENSATABLE, UNVERIFIED, WARN",
    "PIVOT, PERMANENT, INFO",
    "PIVOT, DISPROVED, INFO",
    "PIVOT, UNANSWERED, WARN",
    "PIVOT, UNVERIFIED, WARN",
    "PIVOT, HOPELESS, WARN",
    "RETRIABLE, PERMANENT, WARN",
    "RETRIABLE, DISPROVED, WARN",
    "RETRIABLE, UNANSWERED, WARN"
  })
  void saysAtInfoThatAStepFailedPermanentlyIfTheSagaCompensates(
      Position position, String end, String level) {
    for (Step<String, Done> step : List.of(LOCAL, REMOTE)) {
      var placed = PlacedStep.of(step.plan(), position);

      assertThat(lines(placed, Direction.ACTION, end)).singleElement().asString().contains(level);
    }
  }

  @Test
  void warnsOfAPermanentFailureThatAnEarlierAttemptLeavesInDoubt() {
    var before =
        new Entry("charge", Direction.ACTION, 1, LogStatus.RETRYING, 1, 0, Instant.EPOCH, null);
    var placed = PlacedStep.of(REMOTE.plan(), Position.COMPENSATABLE);
    var attempted = new Attempted(placed, Direction.ACTION, 2, Optional.of(before));

    assertThat(lines(attempted, new AttemptEnd.Permanent("no")))
        .singleElement()
        .asString()
        .contains("WARN")
        .contains("ended UNKNOWN");
  }

  @Test
  void warnsOfACompensationThatFailsPermanently() {
    var step = Step.named("a", String.class).remote((in, call) -> {}).compensation((i, r, c) -> {});
    var placed = PlacedStep.of(step.plan(), Position.COMPENSATABLE);

    assertThat(lines(placed, Direction.COMPENSATION, "PERMANENT"))
        .singleElement()
        .asString()
        .contains("WARN");
  }

  @ParameterizedTest
  @CsvSource({"charge, charge", "parcels/731/charge, charge", "a/1/b/2/charge, charge"})
  void tellsWhereAStepStandsAndHowItIsCalled(String path, String name) {
    List<AttemptEnd> ends =
        List.of(
            new AttemptEnd.Succeeded(),
            new AttemptEnd.Permanent("no"),
            new AttemptEnd.Unanswered("?"),
            new AttemptEnd.Unverified());
    for (AttemptEnd end : ends) {
      var step = new PlacedStep(path, REMOTE.plan(), Position.COMPENSATABLE);
      SagaEvent event = event(new Attempted(step, Direction.ACTION, 1, Optional.empty()), end);

      assertThat(event).isInstanceOf(SagaEvent.AtStep.class);
      assertThat(((SagaEvent.AtStep) event).path()).isEqualTo(path);
      assertThat(((SagaEvent.AtStep) event).step()).isEqualTo(name);
    }
  }

  @Test
  void saysAtInfoThatNoSignalCameInTheTimeThatTheDefinitionGives() {
    Signal<String> paid = Signal.named("paid", String.class);
    var wait = Step.await("payment", paid).within(Duration.ofDays(2)).orCompensate();
    var recording =
        new Recording(
            new Place(PlacedStep.of(wait.plan(), Position.COMPENSATABLE), Direction.ACTION, 1),
            new Verdict(LogStatus.FAILED, null),
            Note.error("no signal paid came within 2 d"),
            new AttemptEnd.Unanswered("no signal paid came within 2 d"));

    assertThat(logOf(Events.of("order", SAGA, recording)))
        .singleElement()
        .asString()
        .contains("INFO")
        .endsWith(": step payment waited in vain; no signal paid came within 2 d");
  }

  @Test
  void saysAtInfoThatTheDefinitionRefused() {
    var refusal = Step.<String, Done>refuse("reject", String.class, (in, results) -> "too late");

    assertThat(
            lines(
                PlacedStep.of(refusal.plan(), Position.COMPENSATABLE),
                Direction.ACTION,
                "PERMANENT"))
        .singleElement()
        .asString()
        .contains("INFO")
        .contains(": step reject refused; ");
  }

  @Test
  void saysWhatFailedPermanentlyAndWhy() {
    assertThat(
            line(
                new SagaEvent.StepFailedPermanently(
                    "order", SAGA, "charge", 1, "Declined: no money")))
        .endsWith("saga order " + SAGA + ": step charge failed permanently, attempt 1; Declined");
  }

  @Test
  void saysWhichAttemptFailedWhyAndWhenTheNextOneIs() {
    var failed =
        new SagaEvent.AttemptFailed(
            "order", SAGA, "charge", Direction.ACTION, 2, ERROR, Duration.ofMillis(1_500));

    assertThat(line(failed))
        .contains("WARN")
        .endsWith(
            "saga order "
                + SAGA
                + ": action of step charge failed, attempt 2; the next one in 1.5 s;"
                + " PSQLException");
  }

  @Test
  void saysWhyASagaCompensatesEndsOrIsStuck() {
    assertThat(line(new SagaEvent.Compensating("order", SAGA, "Declined: no money")))
        .contains("INFO")
        .endsWith(": compensates; Declined");
    assertThat(
            line(new SagaEvent.Stuck("order", SAGA, "its compensation cannot succeed; " + ERROR)))
        .contains("ERROR")
        .endsWith("; its compensation cannot succeed; PSQLException");
    assertThat(line(new SagaEvent.Ended("order", SAGA, SagaStatus.COMPENSATED)))
        .contains("INFO")
        .endsWith("saga order " + SAGA + ": COMPENSATED");
  }

  @Test
  void keepsTheMessagesOfExceptionsOutOfTheLog() {
    List<SagaEvent> events =
        List.of(
            new SagaEvent.StepFailedPermanently("order", SAGA, "charge", 1, ERROR),
            new SagaEvent.WaitedInVain("order", SAGA, "charge", ERROR),
            new SagaEvent.StepFailed(
                "order", SAGA, "charge", Direction.ACTION, LogStatus.FAILED, ERROR),
            new SagaEvent.Compensating("order", SAGA, ERROR),
            new SagaEvent.Stuck("order", SAGA, ERROR));

    assertThat(logOf(events)).hasSize(5).noneMatch(line -> line.contains("secret"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u00DCberbuchtException",
        "duplicate_key",
        "\u4F8B\u5916",
        "$",
        "a name of another language"
      })
  void keepsWhatWasSaidOutOfTheLogWhateverTheKindIsNamed(String kind) {
    assertThat(LoggingListener.reason(kind + ": secret")).isEqualTo(kind);
    assertThat(LoggingListener.reason(kind + ": a: secret\nX: secret")).isEqualTo(kind);
    assertThat(LoggingListener.reason("took effect, but " + kind + ": secret"))
        .isEqualTo("took effect, but " + kind);
    assertThat(LoggingListener.reason(kind)).isEqualTo(kind);
  }

  @Test
  void namesAListenerThatFailsAndKeepsWhatItSaidOutOfTheLog() {
    var ended = new SagaEvent.Ended("order", SAGA, SagaStatus.COMPLETED);
    SagaListener failing =
        event -> {
          throw new IllegalStateException("secret");
        };

    assertThat(Logged.linesOf(() -> new LoggingListener(List.of(failing)).on(ended)))
        .hasSize(2)
        .noneMatch(line -> line.contains("secret"))
        .last()
        .asString()
        .contains(getClass().getName(), "failed with java.lang.IllegalStateException");
  }

  @Test
  void neitherForgesLinesNorFillsTheLog() {
    String said = "odd a\r\nb \u001b[31m" + "x".repeat(10_000);
    String longOne = "y".repeat(199) + "\uD83D\uDE00\uD83D\uDE00";

    assertThat(LoggingListener.reason(said)).isEqualTo("odd a\uFFFD");
    assertThat(LoggingListener.reason(longOne)).isEqualTo("y".repeat(199) + "\uD83D\uDE00...");
    assertThat(LoggingListener.reason(" ")).isEqualTo("no reason is known");
    assertThat(LoggingListener.reason("Outcome.failed: secret")).isEqualTo("Outcome.failed");
  }

  private static String line(SagaEvent event) {
    List<String> lines = logOf(List.of(event));
    assertThat(lines).hasSize(1);
    return lines.getFirst();
  }

  private static List<String> lines(PlacedStep step, Direction direction, String end) {
    AttemptEnd ended =
        switch (end) {
          case "PERMANENT" -> new AttemptEnd.Permanent("secret");
          case "DISPROVED" -> new AttemptEnd.Disproved("secret");
          case "HOPELESS" -> new AttemptEnd.Hopeless("secret");
          case "UNANSWERED" -> new AttemptEnd.Unanswered("secret");
          default -> new AttemptEnd.Unverified();
        };
    return lines(new Attempted(step, direction, 1, Optional.empty()), ended);
  }

  /** What is logged of an attempt that ended. */
  private static List<String> lines(Attempted attempted, AttemptEnd end) {
    return logOf(List.of(event(attempted, end)));
  }

  private static SagaEvent event(Attempted attempted, AttemptEnd end) {
    var recording =
        new Recording(
            new Place(attempted.step(), attempted.direction(), attempted.number()),
            Judge.judge(attempted, end, 0),
            Note.error("secret"),
            end);
    List<SagaEvent> events = Events.of("order", SAGA, recording);
    assertThat(events).hasSize(1);
    return events.getFirst();
  }

  private static List<String> logOf(List<SagaEvent> events) {
    var heard = new ArrayList<SagaEvent>();
    List<String> lines =
        Logged.linesOf(() -> events.forEach(new LoggingListener(List.of(heard::add))::on));
    assertThat(heard).isEqualTo(events);
    return lines;
  }
}
