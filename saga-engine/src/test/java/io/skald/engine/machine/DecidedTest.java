package io.skald.engine.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.SagaId;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DecidedTest {
  private static final Instant END = Instant.parse("2030-01-01T00:00:20.5Z");
  private static final SagaId CHILD = new SagaId(new UUID(1, 2));

  @Test
  void isReadAsWhatItWasWrittenAs() {
    assertThat(Decided.elements(12).elements()).hasValue(12);
    assertThat(Decided.child(CHILD).child()).hasValue(CHILD);
    assertThat(Decided.waitEnd(END).waitEnd()).hasValue(END);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "express", Entry.GO_ON, Entry.ASK_OPERATOR, "99999999999", "2030-13"})
  void isNothingElseThanWhatItSays(String text) {
    var decided = new Decided(text);

    assertThat(decided.elements()).isEmpty();
    assertThat(decided.child()).isEmpty();
    assertThat(decided.waitEnd()).isEmpty();
  }

  @Test
  void isNotReadAsAnotherKind() {
    assertThat(Decided.elements(12).child()).isEmpty();
    assertThat(Decided.elements(12).waitEnd()).isEmpty();
    assertThat(Decided.child(CHILD).elements()).isEmpty();
    assertThat(Decided.child(CHILD).waitEnd()).isEmpty();
    assertThat(Decided.waitEnd(END).elements()).isEmpty();
    assertThat(Decided.waitEnd(END).child()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(LogStatus.class)
  void theEndOfAWaitCountsOnlyWhileItLasts(LogStatus status) {
    Entry entry = entry(status, Decided.waitEnd(END).text());

    assertThat(entry.waitEnd().isPresent()).isEqualTo(status == LogStatus.WAITING);
  }

  @Test
  void onlyTheSagaThatWasStartedStaysDecidedWhenTheStepGoesOn() {
    String child = Decided.child(CHILD).text();

    assertThat(entry(LogStatus.UNKNOWN, child).decidedForGood()).isEqualTo(child);
    assertThat(entry(LogStatus.UNKNOWN, Entry.ASK_OPERATOR).decidedForGood()).isNull();
    assertThat(entry(LogStatus.UNKNOWN, Decided.waitEnd(END).text()).decidedForGood()).isNull();
    assertThat(entry(LogStatus.UNKNOWN, null).decidedForGood()).isNull();
  }

  private static Entry entry(LogStatus status, @Nullable String decided) {
    return new Entry("s", Direction.ACTION, 1, status, 1, 0, null, decided);
  }
}
