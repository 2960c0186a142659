package io.skald.samples.order;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TextTimelineTest {
  private static final Instant START = Instant.parse("2026-02-14T10:00:00Z");

  private final List<SagaReport.Happened> happened = new ArrayList<>();

  @Test
  void showsTheStepsOfACompletedSagaWithTheirTimes() {
    action("create-order", LogStatus.SUCCEEDED, 1, 10);
    action("reserve-stock", LogStatus.SUCCEEDED, 3, 1_000);
    action("charge-card", LogStatus.SUCCEEDED, 1, 1_020);

    assertThat(timeline(SagaStatus.COMPLETED, Optional.empty()))
        .containsExactly(
            "Order O-1: COMPLETED after 1.020 s",
            "    0.000 s  started",
            "    0.010 s  create-order              |#                              | succeeded",
            "    1.000 s  reserve-stock             |#############################  |"
                + " succeeded, attempt 3",
            "    1.020 s  charge-card               |                             # | succeeded");
  }

  @Test
  void showsWhereACompensatedSagaTurnedAroundAndWhy() {
    action("create-order", LogStatus.SUCCEEDED, 1, 100);
    happened.add(
        new SagaReport.Happened(
            "charge-card",
            Direction.ACTION,
            LogStatus.FAILED,
            1,
            Optional.of("card declined"),
            at(200),
            Optional.of(at(200))));
    compensation("create-order", 300);

    assertThat(timeline(SagaStatus.COMPENSATED, Optional.of("card declined")))
        .containsExactly(
            "Order O-1: COMPENSATED after 0.300 s",
            "    0.000 s  started",
            "    0.100 s  create-order              |##########                     | succeeded",
            "    0.200 s  charge-card               |          ##########           | failed",
            "             compensates in reverse order, because: card declined",
            "    0.300 s  compensate create-order   |                    <<<<<<<<<< | succeeded");
  }

  @Test
  void showsWhatIsNextForASagaThatHasNotEnded() {
    happened.add(
        new SagaReport.Happened(
            "reserve-stock",
            Direction.ACTION,
            LogStatus.RETRYING,
            2,
            Optional.of("inventory answered\n503"),
            at(50),
            Optional.empty()));

    assertThat(timeline(SagaStatus.RUNNING, Optional.empty()))
        .containsSubsequence(
            "Order O-1: RUNNING since 0.050 s",
            "             last error: inventory answered 503",
            "             next: step reserve-stock, attempt 3");
  }

  @Test
  void showsASagaOfWhichNothingIsRecordedYet() {
    assertThat(timeline(SagaStatus.RUNNING, Optional.empty()))
        .startsWith("Order O-1: RUNNING since 0.000 s", "    0.000 s  started");
  }

  @Test
  void usesPlainSignsWhereTheTerminalHasNoOthers() {
    assertThat(Glyphs.in(StandardCharsets.US_ASCII)).isEqualTo(Glyphs.PLAIN);
    assertThat(Glyphs.in(StandardCharsets.UTF_8)).isNotEqualTo(Glyphs.PLAIN);
  }

  private void action(String step, LogStatus status, int attempts, int millis) {
    happened.add(
        new SagaReport.Happened(
            step,
            Direction.ACTION,
            status,
            attempts,
            Optional.empty(),
            at(millis),
            Optional.of(at(millis))));
  }

  private void compensation(String step, int millis) {
    happened.add(
        new SagaReport.Happened(
            step,
            Direction.COMPENSATION,
            LogStatus.SUCCEEDED,
            1,
            Optional.empty(),
            at(millis),
            Optional.of(at(millis))));
  }

  private List<String> timeline(SagaStatus status, Optional<String> reason) {
    var report =
        new SagaReport(
            "O-1",
            "place-order v1",
            "0199",
            status,
            reason,
            START,
            happened,
            "step reserve-stock, attempt 3",
            Optional.empty(),
            Optional.empty());
    return TextTimeline.of(report, Glyphs.PLAIN);
  }

  private static Instant at(int millis) {
    return START.plusMillis(millis);
  }
}
