package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

class AdmittedAttemptTest {
  private final List<String> back = new ArrayList<>();
  private final AdmittedAttempt attempt =
      AdmittedAttempt.with(made -> back.add(made ? "made" : "not made"));

  @Test
  void thePermitIsGivenBackOnceWhenAllIsOver() throws Exception {
    Callable<List<String>> call = attempt.during(() -> List.copyOf(back));
    assertThat(call.call()).isEmpty();
    assertThat(back).isEmpty();

    attempt.close();
    attempt.close();
    assertThat(back).containsExactly("made");
  }

  @Test
  void theCallThatWasGivenUpGivesItBackWhenItReturns() throws Exception {
    Callable<Integer> call =
        attempt.during(
            () -> {
              attempt.close();
              return back.size();
            });
    assertThat(call.call()).isZero();
    assertThat(back).containsExactly("made");
  }

  @Test
  void anAttemptThatWasNotMadeSaysSoAndIsNotMadeLater() {
    attempt.close();
    assertThat(back).containsExactly("not made");

    assertThatThrownBy(attempt.during(() -> 1)::call).isInstanceOf(IllegalStateException.class);
    assertThat(back).hasSize(1);
  }

  /** A request may be under way for longer than anybody waits for it. */
  @Test
  void whatNeedsNoPermitIsMadeHoweverLate() throws Exception {
    var unlimited = AdmittedAttempt.unlimited();
    unlimited.close();

    assertThat(unlimited.during(() -> "late").call()).isEqualTo("late");
  }
}
