package io.skald.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.Outcome;
import io.skald.saga.error.PermanentFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every reason has one form: who says so, and what. */
class ErrorTextTest {

  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(new PermanentFailure("out of stock"), "PermanentFailure: out of stock"),
        Arguments.of(new IOException("down"), "IOException: down"),
        Arguments.of(new IOException(), "IOException"),
        Arguments.of(new IOException(" "), "IOException"),
        Arguments.of(new IOException("nobody's own") {}, "IOException: nobody's own"),
        Arguments.of(new Unspeakable(), "Unspeakable: (its message cannot be read)"));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("failures")
  void namesTheKindOfAFailureAndWhatItSays(Throwable failure, String expected) {
    assertThat(ErrorText.of(failure)).isEqualTo(expected);
  }

  @Test
  void namesAVerificationThatSaysItFailedInTheSameForm() {
    assertThat(ErrorText.of(new Outcome.Failed<>("no such payment")))
        .isEqualTo("Outcome.failed: no such payment");
    assertThat(ErrorText.of(new Outcome.Failed<>(""))).isEqualTo("Outcome.failed");
  }

  @Test
  void holdsNothingALogOrATableShouldNotMeet() {
    assertThat(ErrorText.of(new Outcome.Failed<>("a\u0000b\uD800c\u202Ed\ne\u2028f\u2029")))
        .isEqualTo("Outcome.failed: a\uFFFDb\uFFFDc\uFFFDd\ne\uFFFDf\uFFFD");
  }

  @Test
  void isCutToItsBoundInUtf8() {
    String text = ErrorText.of(new Outcome.Failed<>("ü".repeat(ErrorText.BYTES_MAX)));

    assertThat(text).startsWith("Outcome.failed: üüü").endsWith("ü");
    assertThat(text.getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(8192);
  }

  private static final class Unspeakable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @Override
    public String getMessage() {
      throw new IllegalStateException("even this");
    }
  }
}
