package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.machine.AttemptEnd;
import io.skald.engine.machine.Attempted;
import io.skald.engine.machine.Entry;
import io.skald.engine.machine.Judge;
import io.skald.saga.Done;
import io.skald.saga.Outcome;
import io.skald.saga.Retry;
import io.skald.saga.SagaId;
import io.skald.saga.Step;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Position;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaEvent;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The level at which the end of an attempt is logged: a refusal is business, a fault is not. */
class LoggingListenerTest {
  private static final SagaId SAGA = new SagaId(new UUID(0, 1));
  private static final Step<String, Done> LOCAL =
      Step.named("charge", String.class).local((in, tx) -> {}).retry(Retry.never());
  private static final Step<String, Done> REMOTE =
      Step.named("charge", String.class)
          .remote((in, call) -> {})
          .retry(Retry.never())
          .verify((in, call) -> Outcome.unknown());

  @ParameterizedTest(name = "{1} of the action at {0}: {2}")
  @CsvSource({
    "COMPENSATABLE, REFUSED, INFO",
    "COMPENSATABLE, DISPROVED, INFO",
    "COMPENSATABLE, UNANSWERED, WARN",
    "COMPENSATABLE, UNVERIFIED, WARN",
    "PIVOT, REFUSED, INFO",
    "PIVOT, DISPROVED, INFO",
    "PIVOT, UNANSWERED, WARN",
    "PIVOT, UNVERIFIED, WARN",
    "PIVOT, HOPELESS, WARN",
    "RETRIABLE, REFUSED, WARN",
    "RETRIABLE, DISPROVED, WARN",
    "RETRIABLE, UNANSWERED, WARN"
  })
  void saysAtInfoThatAStepWasRefusedIfTheSagaCompensates(
      Position position, String end, String level) {
    for (Step<String, Done> step : List.of(LOCAL, REMOTE)) {
      var placed = new PlacedStep(step.plan(), position);

      assertThat(lines(placed, Direction.ACTION, end)).singleElement().asString().contains(level);
    }
  }

  @Test
  void warnsOfARefusalThatAnEarlierAttemptLeavesInDoubt() {
    var before = new Entry("charge", Direction.ACTION, 1, LogStatus.RETRYING, 1, 0, Instant.EPOCH);
    var placed = new PlacedStep(REMOTE.plan(), Position.COMPENSATABLE);
    var attempted = new Attempted(placed, Direction.ACTION, 2, Optional.of(before));

    assertThat(lines(attempted, new AttemptEnd.Refused("no")))
        .singleElement()
        .asString()
        .contains("WARN")
        .contains("ended UNKNOWN");
  }

  @Test
  void warnsOfARefusedCompensation() {
    var step = Step.named("a", String.class).remote((in, call) -> {}).compensation((i, r, c) -> {});
    var placed = new PlacedStep(step.plan(), Position.COMPENSATABLE);

    assertThat(lines(placed, Direction.COMPENSATION, "REFUSED"))
        .singleElement()
        .asString()
        .contains("WARN");
  }

  @Test
  void holdsNothingThatUserCodeSaid() {
    var placed = new PlacedStep(LOCAL.plan(), Position.PIVOT);

    assertThat(lines(placed, Direction.ACTION, "REFUSED"))
        .singleElement()
        .asString()
        .contains("saga order " + SAGA + ": step charge was refused, attempt 1")
        .doesNotContain("secret");
  }

  private static List<String> lines(PlacedStep step, Direction direction, String end) {
    AttemptEnd ended =
        switch (end) {
          case "REFUSED" -> new AttemptEnd.Refused("secret");
          case "DISPROVED" -> new AttemptEnd.Disproved("secret");
          case "HOPELESS" -> new AttemptEnd.Hopeless("secret");
          case "UNANSWERED" -> new AttemptEnd.Unanswered("secret");
          default -> new AttemptEnd.Unverified();
        };
    return lines(new Attempted(step, direction, 1, Optional.empty()), ended);
  }

  /** What is logged of an attempt that ended. */
  private static List<String> lines(Attempted attempted, AttemptEnd end) {
    var recording =
        new Recording(
            attempted.step(),
            attempted.direction(),
            attempted.number(),
            Judge.judge(attempted, end, 0),
            null,
            "secret",
            end);
    List<SagaEvent> events = Events.of("order", SAGA, recording);
    var heard = new ArrayList<SagaEvent>();
    var log = new ByteArrayOutputStream();
    PrintStream before = System.err;
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    try {
      events.forEach(new LoggingListener(List.of(heard::add))::on);
    } finally {
      System.setErr(before);
    }
    assertThat(heard).isEqualTo(events);
    return log.toString(StandardCharsets.UTF_8).lines().toList();
  }
}
