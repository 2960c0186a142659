package io.skald.engine.spi;

import static io.skald.saga.view.SagaStatus.COMPENSATED;
import static io.skald.saga.view.SagaStatus.COMPLETED;
import static io.skald.saga.view.SagaStatus.RESOLVED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RetentionTest {
  private static final Duration WEEK = Duration.ofDays(7);
  private static final Duration YEAR = Duration.ofDays(365);

  @Test
  void anAgeOfAllIsOneExpiry() {
    assertThat(Retention.of(WEEK).expiries())
        .containsExactly(new Expiry(WEEK, Set.of(COMPLETED, COMPENSATED, RESOLVED), Map.of()));
  }

  @Test
  void everyDefinitionAndEndIsInOneExpiryExactly() {
    Retention retention =
        Retention.of(WEEK)
            .withResolved(YEAR)
            .withDefinition("bill", Retention.of(YEAR).withCompleted(Duration.ofDays(30)));

    assertThat(retention.expiries())
        .containsExactly(
            new Expiry(WEEK, Set.of(COMPLETED, COMPENSATED), Map.of("bill", Set.of())),
            new Expiry(Duration.ofDays(30), Set.of(), Map.of("bill", Set.of(COMPLETED))),
            new Expiry(YEAR, Set.of(RESOLVED), Map.of("bill", Set.of(COMPENSATED, RESOLVED))));
    for (String definition : Set.of("bill", "order")) {
      for (SagaStatus end : Set.of(COMPLETED, COMPENSATED, RESOLVED)) {
        assertThat(retention.expiries())
            .filteredOn(expiry -> expiry.applies(definition, end))
            .hasSize(1);
      }
      assertThat(retention.expiries())
          .noneMatch(expiry -> expiry.applies(definition, SagaStatus.STUCK));
    }
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertThatThrownBy(() -> Retention.of(WEEK).withCompensated(Duration.ZERO))
        .hasMessage("retention: PT0S (expected: PT1S to PT87600H)");
    Retention nested = Retention.of(WEEK).withDefinition("bill", Retention.of(YEAR));
    assertThatThrownBy(() -> Retention.of(WEEK).withDefinition("order", nested))
        .hasMessage("retention of definition order: [bill] (expected: none within it)");
    assertThatThrownBy(() -> Retention.of(WEEK).withDefinition("a b", Retention.of(YEAR)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
