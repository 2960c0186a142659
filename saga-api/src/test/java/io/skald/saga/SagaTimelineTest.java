package io.skald.saga;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaTimeline;
import io.skald.saga.view.SagaView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SagaTimelineTest {
  private static final Instant START = Instant.parse("2026-02-14T10:00:00Z");
  private static final int NOT_FINISHED = -1;

  private final List<SagaView.StepView> steps = new ArrayList<>();
  private Optional<SagaView.ParentView> parent = Optional.empty();
  private Optional<Instant> nextAt = Optional.empty();
  private Optional<Instant> overdueSince = Optional.empty();

  @Test
  void showsWhereACompensatedSagaTurnedAroundAndWhy() {
    action("create-order", LogStatus.SUCCEEDED, 1, null, 100);
    action("charge-card", LogStatus.FAILED, 2, "PermanentFailure: card declined", 200);
    compensation("create-order", LogStatus.SUCCEEDED, 300);

    assertThat(timeline(SagaStatus.COMPENSATED, "PermanentFailure: card declined", 300))
        .containsExactly(
            "place-order order-4711: COMPENSATED after 0.300 s",
            "  saga 01936b2c-0000-7000-8000-000000000001, version 1",
            "  started 2026-02-14T10:00:00.000Z; below: seconds since then",
            "    0.000 s  started",
            "    0.100 s  create-order             |##########                     | succeeded",
            "    0.200 s  charge-card              |          ##########           |"
                + " failed after 2 attempts",
            "             compensates in reverse order, because: PermanentFailure: card declined",
            "    0.300 s  compensate create-order  |                    <<<<<<<<<< | succeeded");
  }

  @Test
  void leavesOutTheOldErrorOfAStepThatSucceeded() {
    action("reserve-stock", LogStatus.SUCCEEDED, 3, "IOException: no answer", 1_000);
    action("ship", LogStatus.SKIPPED, 5, "IOException: no answer", 2_000);

    assertThat(timeline(SagaStatus.COMPLETED, null, 2_000))
        .noneMatch(line -> line.contains("no answer"))
        .anyMatch(line -> line.endsWith("| succeeded after 3 attempts"))
        .last()
        .asString()
        .endsWith("| skipped by an operator");
  }

  @Test
  void showsWhatStartedItAndWhatWasDecided() {
    var starter = SagaId.parse("01936b2c-0000-7000-8000-000000000002");
    parent = Optional.of(new SagaView.ParentView(starter, "parcels/3/ship"));
    decision("approve", LogStatus.SUCCEEDED, "branch ask");
    decision("notify", LogStatus.UNKNOWN, "the saga went on with another result");
    decision("insure", LogStatus.WAITING, "as saga " + starter);

    assertThat(timeline(SagaStatus.RUNNING, null, NOT_FINISHED))
        .contains(
            "  saga 01936b2c-0000-7000-8000-000000000001, version 1, started by saga"
                + " 01936b2c-0000-7000-8000-000000000002 at step parcels/3/ship")
        .anyMatch(line -> line.endsWith("| succeeded, branch ask"))
        .anyMatch(line -> line.endsWith("| outcome unknown, the saga went on with another result"))
        .anyMatch(line -> line.endsWith("| waiting, as saga " + starter));
  }

  private void decision(String step, LogStatus status, String decision) {
    Optional<String> words = Optional.of(decision);
    steps.add(
        new SagaView.StepView(
            step,
            Direction.ACTION,
            status,
            1,
            words,
            Optional.empty(),
            Optional.empty(),
            START,
            Optional.of(START)));
  }

  @Test
  void showsWhatIsNextAndWhenForASagaThatHasNotEnded() {
    action("reserve-stock", LogStatus.RETRYING, 2, "inventory answered\n\t503", 50);
    nextAt = Optional.of(START.plusMillis(1_250));
    overdueSince = Optional.of(START.plusSeconds(1));

    assertThat(timeline(SagaStatus.RUNNING, null, NOT_FINISHED))
        .containsSubsequence(
            "place-order order-4711: RUNNING",
            "    0.050 s  reserve-stock  |############################## |"
                + " to be attempted again after 2 attempts",
            "             error: inventory answered 503",
            "             overdue since 2026-02-14T10:00:01.000Z",
            "             next: what follows, at 2026-02-14T10:00:01.250Z");
  }

  @Test
  void showsWhyASagaIsStuckOrWasResolvedApartFromItsTurn() {
    action("create-order", LogStatus.SUCCEEDED, 1, null, 10);
    action("charge-card", LogStatus.UNKNOWN, 5, "TimeoutException", 20);
    compensation("create-order", LogStatus.FAILED, 30);

    assertThat(timeline(SagaStatus.STUCK, "no such table", NOT_FINISHED))
        .containsSubsequence(
            "             error: TimeoutException",
            "             compensates in reverse order",
            "             stuck, because: no such table",
            "             next: what follows");
    assertThat(timeline(SagaStatus.RESOLVED, "paid by hand", 40))
        .endsWith("             resolved, because: paid by hand");
  }

  @Test
  void saysThatASagaCompensatesOfWhichNoCompensationIsRecordedYet() {
    action("create-order", LogStatus.STARTED, 1, null, NOT_FINISHED);

    assertThat(timeline(SagaStatus.COMPENSATING, "cancelled", NOT_FINISHED))
        .containsSubsequence(
            "    0.000 s  create-order  |#                              | started, no answer yet",
            "             compensates in reverse order, because: cancelled",
            "             next: what follows");
  }

  @Test
  void showsASagaOfWhichNothingIsRecordedYet() {
    assertThat(timeline(SagaStatus.RUNNING, null, NOT_FINISHED))
        .hasSize(5)
        .endsWith("    0.000 s  started", "             next: what follows");
  }

  @Test
  void showsStepsBesideEachOtherBelowEachOther() {
    action("reserve", LogStatus.SUCCEEDED, 1, null, 100);
    steps.add(lasting("approval", 110, 300));
    steps.add(lasting("retried", 150, 250));
    action("booked", LogStatus.SUCCEEDED, 1, null, 200);
    action("charge", LogStatus.SUCCEEDED, 1, null, 400);

    assertThat(timeline(SagaStatus.COMPLETED, null, 400))
        .containsSubsequence(
            "    0.100 s  reserve   |#######                        | succeeded",
            "    0.300 s  approval  |       ###############         | succeeded",
            "    0.250 s  retried   |       ###########             | succeeded",
            "    0.200 s  booked    |       ########                | succeeded",
            "    0.400 s  charge    |                      ######## | succeeded");
  }

  private static SagaView.StepView lasting(String step, int from, int to) {
    return new SagaView.StepView(
        step,
        Direction.ACTION,
        LogStatus.SUCCEEDED,
        1,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        START.plusMillis(from),
        Optional.of(START.plusMillis(to)));
  }

  @Test
  void keepsItsColumnsWithLongNamesAndLongTimes() {
    int day = 24 * 3600 * 1000;
    action("a".repeat(100), LogStatus.SUCCEEDED, 1, null, 1);
    action("b", LogStatus.SUCCEEDED, 1, null, day);

    assertThat(timeline(SagaStatus.COMPLETED, null, day))
        .containsSubsequence(
            "      0.000 s  started",
            "      0.001 s  %s...  |#%s| succeeded".formatted("a".repeat(37), " ".repeat(30)),
            "  86400.000 s  b%s  |%s | succeeded".formatted(" ".repeat(39), "#".repeat(30)));
  }

  @Test
  void cutsLongTextsBetweenCharactersAndDropsControlCharacters() {
    action("ship", LogStatus.FAILED, 1, "\u001b[31m" + "\ud83d\ude00".repeat(200), 10);

    assertThat(timeline(SagaStatus.STUCK, "\u202eno", NOT_FINISHED))
        .contains("             error: [31m" + "\ud83d\ude00".repeat(106) + "...")
        .contains("             stuck, because: no");
  }

  @Test
  void showsClocksThatWentBackWithoutFailing() {
    action("create-order", LogStatus.SUCCEEDED, 1, null, -5_000);

    assertThat(timeline(SagaStatus.COMPLETED, null, -4_000))
        .startsWith("place-order order-4711: COMPLETED after -4.000 s")
        .contains("   -5.000 s  create-order  |#                              | succeeded");
  }

  @Test
  void isItsLinesAsText() {
    SagaTimeline timeline = SagaTimeline.of(view(SagaStatus.RUNNING, null, NOT_FINISHED));

    assertThat(timeline.toString()).isEqualTo(String.join("\n", timeline.lines()));
  }

  private void action(
      String step, LogStatus status, int attempt, @Nullable String error, int millis) {
    steps.add(step(step, Direction.ACTION, status, attempt, error, millis));
  }

  private void compensation(String step, LogStatus status, int millis) {
    steps.add(step(step, Direction.COMPENSATION, status, 1, null, millis));
  }

  private static SagaView.StepView step(
      String step,
      Direction direction,
      LogStatus status,
      int attempt,
      @Nullable String error,
      int millis) {
    Instant at = START.plusMillis(millis == NOT_FINISHED ? 0 : millis);
    Optional<Instant> end = status.isFinal() ? Optional.of(at) : Optional.empty();
    return new SagaView.StepView(
        step,
        direction,
        status,
        attempt,
        Optional.empty(),
        Optional.empty(),
        Optional.ofNullable(error),
        at,
        end);
  }

  private List<String> timeline(SagaStatus status, @Nullable String reason, int millis) {
    return SagaTimeline.of(view(status, reason, millis)).lines();
  }

  private SagaView view(SagaStatus status, @Nullable String reason, int millis) {
    return new SagaView(
        SagaId.parse("01936b2c-0000-7000-8000-000000000001"),
        "place-order",
        1,
        "order-4711",
        Map.of(),
        parent,
        status,
        Optional.ofNullable(reason),
        "what follows",
        nextAt,
        START,
        overdueSince,
        overdueSince.isPresent(),
        millis == NOT_FINISHED ? Optional.empty() : Optional.of(START.plusMillis(millis)),
        Optional.empty(),
        steps,
        List.of());
  }
}
