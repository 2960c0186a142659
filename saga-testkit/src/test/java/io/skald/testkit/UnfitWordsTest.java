package io.skald.testkit;

import static io.skald.testkit.SagaAssert.assertThat;
import static java.util.regex.Pattern.quote;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.Compensatable;
import io.skald.saga.Done;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.step.Derivation;
import io.skald.saga.view.SagaView;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What cannot be recorded, or is too much, is refused in words: where it is said, if it can be. */
class UnfitWordsTest {
  private static final Signal<String> GO = Signal.named("go", String.class);
  private static final String LONG = "x".repeat(9_000);

  /** What a step of the saga's own makes of it, and what the saga compensates for. */
  private enum Own {
    NULL_AMONG_THE_ELEMENTS(
        each((in, results) -> Arrays.asList(in, null)),
        quote("elements: null among them (expected: elements of the list's type)")),
    TOO_MANY_ELEMENTS(
        each((in, results) -> Collections.nCopies(1_001, in)),
        quote("elements: 1001 (expected: <= 1000)")),
    TIME_TOO_FAR_AWAY(
        Step.delayUntil(
            "own", String.class, (in, results) -> Instant.parse("9999-01-01T00:00:00Z")),
        "delay: PT\\S+ " + quote("(expected: <= PT87600H)")),
    UNPRINTABLE_REASON(refusal("no\0pe"), quote("no\uFFFDpe")),
    LONG_REASON(refusal(LONG), "x{8192}"),
    UNWRITABLE_FALLBACK(
        Step.await("own", GO).within(Duration.ofMillis(1)).orElse("\uD800"),
        quote(
            "SagaDataException: fallback: contains a lone surrogate (expected: text that is valid"
                + " Unicode)"));

    private final SagaDefinition<String, Done> saga;
    private final String reason;

    Own(Compensatable<? super String, ?> step, String reason) {
      this.saga = Saga.define(name(), String.class).step(step).build();
      this.reason = reason;
    }

    private static Compensatable<String, List<Done>> each(Derivation<String, List<String>> list) {
      var one = Step.named("one", String.class).remote((in, call) -> {});
      return Step.forEach("own", String.class, String.class, list).step(one.needsNoCompensation());
    }

    private static Compensatable<String, ?> refusal(String reason) {
      return Step.refuse("own", String.class, (in, results) -> reason);
    }
  }

  private final CompletableFuture<String> token = new CompletableFuture<>();
  private final SagaDefinition<String, Done> working =
      Saga.define("working", String.class)
          .step(
              Step.named("work", String.class)
                  .async(
                      Done.class,
                      (in, call) -> {
                        boolean unused = token.complete(call.completionToken());
                      })
                  .needsNoCompensation())
          .build();

  @RegisterExtension
  final SagaEngineExtension sagas =
      SagaEngineExtension.of(
          Stream.concat(Stream.of(Own.values()).map(own -> own.saga), Stream.of(working))
              .toArray(SagaDefinition<?, ?>[]::new));

  @ParameterizedTest
  @EnumSource
  void ofAFunctionOrAFallbackFailsTheStepForGood(Own own) throws Exception {
    SagaView saga = sagas.run(own.saga, "in");

    assertThat(saga).isCompensated();
    assertThat(saga.reason()).hasValueSatisfying(text -> assertThat(text).matches(own.reason));
  }

  @Test
  void ofWhoeverFailsAStepByTokenIsMadePrintableAndCut() throws Exception {
    var saga = sagas.engine().start(working, "in");

    assertThat(sagas.engine().fail(token.get(), "no\0van" + LONG)).isTrue();

    assertThat(sagas.awaitEnd(saga).reason()).contains("no\uFFFDvan" + "x".repeat(8_192 - 8));
  }

  @ParameterizedTest
  @CsvSource({
    "'', 0 characters (expected: 1 to 255)",
    "LONG, 9000 characters (expected: 1 to 255)",
    "NUL, 'contains U+0000 (expected: no control characters, no lone surrogates)'"
  })
  void ofAKeyThatASignalIsSentToIsRefused(String which, String why) {
    String key = which.replace("LONG", LONG).replace("NUL", "a\0b");

    assertThatThrownBy(() -> sagas.engine().signal(working, key, GO, "now"))
        .isInstanceOf(SagaDataException.class)
        .hasMessage("business key: " + why);
  }
}
