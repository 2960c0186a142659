package io.skald.saga.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SagaQueryTest {
  private static final SagaQuery ALL = SagaQuery.all();

  @Test
  void asksForNothingInParticularAtFirst() {
    assertThat(ALL.criteria()).isEmpty();
    assertThat(ALL.limit()).isEqualTo(50);
    assertThat(ALL.after()).isEmpty();
  }

  @Test
  void whatIsAskedForAgainReplacesWhatWasAndAnotherThingIsAskedForAsWell() {
    Instant at = Instant.EPOCH;
    SagaQuery query =
        ALL.definition("a")
            .definition("b")
            .version(1)
            .version(2)
            .key("k")
            .keyPrefix("p")
            .attribute("x", "1")
            .attribute("y", "2")
            .attribute("x", "3")
            .unfinished()
            .status(SagaStatus.STUCK)
            .waiting()
            .standsAt("pay")
            .errorFingerprint("0123456789ab")
            .since(SagaMoment.CREATED, at)
            .before(SagaMoment.CREATED, at)
            .since(SagaMoment.CHANGED, at)
            .since(SagaMoment.CREATED, at.plusSeconds(1));

    assertThat(query.criteria())
        .containsExactlyInAnyOrder(
            new SagaCriterion.Definition("b"),
            new SagaCriterion.Version(2),
            new SagaCriterion.KeyPrefix("p"),
            new SagaCriterion.Attribute("x", "3"),
            new SagaCriterion.Attribute("y", "2"),
            new SagaCriterion.Status(Set.of(SagaStatus.STUCK)),
            new SagaCriterion.Waiting(),
            new SagaCriterion.StandsAt("pay"),
            new SagaCriterion.FailedWith("0123456789ab"),
            new SagaCriterion.Since(SagaMoment.CREATED, at.plusSeconds(1)),
            new SagaCriterion.Before(SagaMoment.CREATED, at),
            new SagaCriterion.Since(SagaMoment.CHANGED, at));
    assertThat(ALL.criteria()).isEmpty();
    SagaQuery next = query.limit(200).after("cursor");
    assertThat(next.criteria()).isEqualTo(query.criteria());
    assertThat(next.definition("c").after()).contains("cursor");
    assertThat(next.definition("c").limit()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"secret\0", "secret\n", "secret\uD800"})
  void refusesWhatNoKeyOrAttributeCanBeAndQuotesNothingOfIt(String text) {
    for (ThrowingCallable call :
        new ThrowingCallable[] {
          () -> ALL.key(text), () -> ALL.keyPrefix(text), () -> ALL.attribute("a", text)
        }) {
      assertThatThrownBy(call)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(" to 255 characters without control characters")
          .hasMessageNotContaining("secret");
    }
  }

  @Test
  void refusesWhatIsOutOfBounds() {
    for (ThrowingCallable call :
        new ThrowingCallable[] {
          () -> ALL.limit(0),
          () -> ALL.limit(201),
          () -> ALL.version(0),
          () -> ALL.definition("a b"),
          () -> ALL.standsAt("each/1/pay"),
          () -> ALL.key(""),
          () -> ALL.keyPrefix(""),
          () -> ALL.attribute("", "x"),
          () -> ALL.errorFingerprint("0123456789AB"),
          () -> ALL.errorFingerprint("0123")
        }) {
      assertThatThrownBy(call)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("(expected: ");
    }
  }

  @Test
  void neitherQueryNorPageSaysWhatItHolds() {
    SagaQuery query = ALL.key("canary").attribute("customer", "canary").after("canary");
    assertThat(query).hasToString("SagaQuery[[key, attribute customer], limit=50]");
    assertThat(ALL.attribute("customer", "canary").criteria().toString()).doesNotContain("canary");
    assertThat(new SagaPage(List.of(), Optional.of("canary")).toString()).doesNotContain("canary");
  }
}
