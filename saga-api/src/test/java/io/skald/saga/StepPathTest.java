package io.skald.saga;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.internal.StepPath;
import org.junit.jupiter.api.Test;

/** What the path of a step says. */
class StepPathTest {
  private static final String NESTED = "ship-parcels/3/pack-items/12/pack-item";

  @Test
  void aPlainStepsPathIsItsName() {
    assertThat(StepPath.name("charge-card")).isEqualTo("charge-card");
    assertThat(StepPath.scope("charge-card")).isEmpty();
  }

  @Test
  void anElementsPathIsItsScopeAndTheStepsName() {
    assertThat(StepPath.name(NESTED)).isEqualTo("pack-item");
    assertThat(StepPath.scope(NESTED)).isEqualTo("ship-parcels/3/pack-items/12/");
    assertThat(StepPath.element("ship-parcels/3/pack-items", "12"))
        .isEqualTo("ship-parcels/3/pack-items/12/");
  }

  @Test
  void aScopeLeadsToTheForEachThatHoldsIt() {
    String inner = StepPath.each(StepPath.scope(NESTED));

    assertThat(inner).isEqualTo("ship-parcels/3/pack-items");
    assertThat(StepPath.each(StepPath.scope(inner))).isEqualTo("ship-parcels");
  }

  @Test
  void aPathTellsWhichElementOfEachForEachItLeadsThrough() {
    assertThat(StepPath.number("ship-parcels", NESTED)).hasValue(3);
    assertThat(StepPath.number("ship-parcels/3/pack-items", NESTED)).hasValue(12);
    assertThat(StepPath.number("ship", NESTED)).isEmpty();
    assertThat(StepPath.number("ship-parcels/4/pack-items", NESTED)).isEmpty();
  }
}
