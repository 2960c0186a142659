package io.skald.saga;

import static io.skald.saga.Fixtures.compensated;
import static io.skald.saga.Fixtures.local;
import static io.skald.saga.Fixtures.remote;
import static io.skald.saga.Fixtures.saga;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.definition.Attempts;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.step.Call;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.CompensationCall;
import io.skald.saga.step.LocalStep;
import io.skald.saga.step.LocalTask;
import io.skald.saga.step.PivotStep;
import io.skald.saga.step.RemoteCompensation;
import io.skald.saga.step.RemoteStep;
import io.skald.saga.step.RemoteTask;
import io.skald.saga.step.Tx;
import io.skald.saga.step.Verification;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Everything the DSL refuses, with the very words it does it in. */
class RefusalTest {
  private static final String CHARACTERS = " (expected: 1 to 100 characters of [a-zA-Z0-9._-])";
  private static final String DOTS = " (expected: a letter, a digit, _ or - as well)";
  private static final Duration CENTURIES = Duration.ofDays(365_000);
  private static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE);

  /** A bean of a local step. */
  static final class LocalBean implements LocalTask<String> {
    @Override
    public void execute(String input, Tx tx) {}
  }

  /** A bean of a remote step. */
  static final class RemoteBean
      implements RemoteTask<String>, RemoteCompensation<String, Done>, Verification<String, Done> {
    @Override
    public void execute(String input, Call call) {}

    @Override
    public void compensate(String input, Optional<Done> result, CompensationCall call) {}

    @Override
    public Outcome<Done> verify(String input, Call call) {
      return Outcome.unknown();
    }
  }

  /**
   * A refusal.
   *
   * @param code what is refused
   * @param type with which exception
   * @param message in which words
   */
  record Refusal(ThrowingCallable code, Class<? extends Throwable> type, String message) {
    @Override
    public String toString() {
      return message;
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({
    "names",
    "durations",
    "numbers",
    "contradictions",
    "answersToATimeLimit",
    "definitions",
    "nulls"
  })
  void refuses(Refusal refusal) {
    assertThatThrownBy(refusal.code())
        .isExactlyInstanceOf(refusal.type())
        .hasMessage(refusal.message());
  }

  static Stream<Refusal> names() {
    return Stream.of(
        argument(() -> Saga.define("", String.class), "saga: \"\"" + CHARACTERS),
        argument(() -> Saga.define("place order", String.class), named("saga", "place order")),
        argument(() -> Saga.define("größe", String.class), named("saga", "größe")),
        argument(() -> Saga.define("a\u0000b\nc", String.class), named("saga", "a?b?c")),
        argument(() -> Saga.define("'; drop --", String.class), named("saga", "'; drop --")),
        argument(
            () -> Saga.define("x".repeat(101), String.class), named("saga", "x".repeat(100) + "…")),
        argument(() -> Saga.define("..", String.class), "saga: \"..\"" + DOTS),
        argument(() -> Step.named(".", String.class), "step: \".\"" + DOTS),
        argument(() -> local("a").as("..."), "step: \"...\"" + DOTS),
        argument(() -> Signal.named(".", String.class), "signal: \".\"" + DOTS),
        argument(() -> Step.named("", String.class), named("step", "")),
        argument(() -> Step.named("a/b", String.class), named("step", "a/b")),
        argument(() -> Step.named("line\n", String.class), named("step", "line?")),
        argument(() -> Step.named("%s", String.class), named("step", "%s")),
        argument(() -> local("a").as("a b"), named("step", "a b")),
        argument(() -> remote("a").as(""), named("step", "")),
        argument(() -> compensated("a").as("ä"), named("step", "ä")),
        argument(() -> remote("a").guard("a:b"), named("step a: guard", "a:b")),
        argument(() -> localBean().qualifier("a b"), named("step a: qualifier", "a b")),
        argument(() -> remoteBean().qualifier(""), named("step a: qualifier", "")),
        argument(
            () -> remoteBean().compensation(RemoteBean.class).compensationQualifier("a b"),
            named("step a: compensationQualifier", "a b")),
        argument(
            () -> remoteBean().compensationIfUnknown(RemoteBean.class).compensationQualifier("ä"),
            named("step a: compensationQualifier", "ä")),
        argument(
            () -> remoteBean().verify(RemoteBean.class).verifyQualifier("a:b"),
            named("step a: verifyQualifier", "a:b")),
        argument(() -> saga().attribute("a b", in -> in), named("attribute", "a b")));
  }

  static Stream<Refusal> durations() {
    var cases = new ArrayList<Refusal>();
    bounded(cases, "step a: timeout", "PT24H", d -> local("a").timeout(d));
    bounded(cases, "step a: timeout", "PT24H", d -> remote("a").timeout(d));
    bounded(
        cases,
        "step a: compensationTimeout",
        "PT24H",
        d -> compensated("a").compensationTimeout(d));
    bounded(cases, "step a: compensationTimeout", "PT24H", d -> ifUnknown().compensationTimeout(d));
    bounded(cases, "deadline", "PT87600H", d -> saga().deadline(d));
    bounded(cases, "keptForCompensation", "PT87600H", d -> limited().keptForCompensation(d));
    bounded(cases, "first", "PT8760H", d -> Retry.exponential(d));
    bounded(cases, "delayMax", "PT8760H", d -> Retry.defaults().delayMax(d));
    return cases.stream();
  }

  private static void bounded(
      List<Refusal> cases, String what, String max, Function<Duration, Object> code) {
    for (Duration wrong :
        List.of(
            Duration.ZERO,
            Duration.ofNanos(-1),
            Duration.ofDays(-1),
            Duration.parse(max).plusNanos(1),
            CENTURIES,
            FOREVER,
            FOREVER.negated())) {
      String message = what + ": " + wrong + " (expected: > 0 and <= " + max + ")";
      cases.add(argument(() -> code.apply(wrong), message));
    }
  }

  static Stream<Refusal> numbers() {
    return Stream.of(
        argument(() -> Retry.defaults().attemptsMax(0), "attempts: 0 (expected: >= 1)"),
        argument(() -> Retry.never().attemptsMax(-7), "attempts: -7 (expected: >= 1)"),
        argument(() -> Retry.ACTION.delayAfter(0, 0), "attempt: 0 (expected: >= 1)"),
        argument(() -> saga().version(0), "version: 0 (expected: >= 1)"),
        argument(() -> saga().version(Integer.MIN_VALUE), "version: -2147483648 (expected: >= 1)"));
  }

  static Stream<Refusal> contradictions() {
    String once = "step a: atMostOnce and retry contradict each other (expected: one of them)";
    String guarded =
        "step a: atMostOnce and guard contradict each other (expected: the guard inside the"
            + " action)";
    String none = "step a: needs no compensation (expected: options only after compensation(..))";
    String unverified = "step a: has no verification (expected: verifyQualifier after verify(..))";
    return Stream.of(
        state(() -> remote("a").atMostOnce().retry(Retry.never()), once),
        state(() -> remote("a").retry(Retry.never().attemptsMax(3)).atMostOnce(), once),
        state(() -> remote("a").atMostOnce().retry(Retry.defaults()), once),
        state(() -> remote("a").atMostOnce().guard("bank"), guarded),
        state(() -> remote("a").guard("bank").atMostOnce(), guarded),
        state(() -> free().compensationRetry(Retry.never()), none),
        state(() -> free().compensationTimeout(Duration.ofSeconds(1)), none),
        state(() -> free().compensationPermanent(IllegalStateException.class), none),
        state(() -> free().compensationQualifier("q"), none),
        state(() -> remoteBean().verifyQualifier("q"), unverified),
        argument(
            () -> remote("a").verify((in, call) -> Outcome.unknown()).verifyQualifier("q"),
            "step a: verifyQualifier: q (expected: none: the handler is no bean)"),
        argument(
            () -> ifUnknown().compensationQualifier("q"),
            "step a: compensationQualifier: q (expected: none: the handler is no bean)"),
        argument(
            () -> local("a").qualifier("q"),
            "step a: qualifier: q (expected: none: the handler is no bean)"),
        argument(
            () -> remote("a").qualifier("q"),
            "step a: qualifier: q (expected: none: the handler is no bean)"),
        argument(
            () -> compensated("a").compensationQualifier("q"),
            "step a: compensationQualifier: q (expected: none: the handler is no bean)"),
        argument(
            () -> saga().attribute("a", in -> in).attribute("a", in -> in),
            "attribute: a (expected: each name once)"));
  }

  /** What would take a call that timed out, and may have taken effect, for a refusal. */
  static Stream<Refusal> answersToATimeLimit() {
    return Stream.of(
            Throwable.class,
            Exception.class,
            IOException.class,
            InterruptedIOException.class,
            SocketTimeoutException.class,
            TimeoutException.class,
            InterruptedException.class)
        .map(
            type ->
                argument(
                    () -> remote("a").permanent(IllegalStateException.class, type),
                    "step a: permanent: "
                        + type.getName()
                        + " (expected: what proves that nothing happened; a time limit that passed"
                        + " is one of these, too)"));
  }

  @Test
  void acceptsAnyPermanentFailureOfWhatIsRolledBack() {
    assertThat(local("a").permanent(Exception.class).plan().action().attempts().permanent())
        .containsExactly(Exception.class);
  }

  static Stream<Refusal> definitions() {
    String pivot =
        "saga s: step a is a remote pivot, and a call that times out would leave nobody the wiser;"
            + " add verify(..) or compensationIfUnknown(..)";
    String twice = "saga s: step a stands there twice; give one another name with as(..)";
    String unarmed =
        "saga s: step a is the pivot and the first step, and a deadline holds only until the pivot"
            + " begins; drop deadline(..), or bound the step with timeout(..) and retry(..)";
    return Stream.of(
        definition(() -> saga().pivot(remote("a")).build(), pivot),
        definition(() -> saga().step(compensated("b")).pivot(remote("a")).build(), pivot),
        definition(() -> saga().pivot(remote("a")).returning(String.class, (in, r) -> in), pivot),
        definition(
            () ->
                saga()
                    .pivot(remote("a").atMostOnce())
                    .returning(TypeRef.listOf(String.class), (in, r) -> List.of(in)),
            pivot),
        definition(() -> saga().step(compensated("a")).pivot(local("a")).build(), twice),
        definition(() -> saga().step(compensated("a")).step(compensated("a")).build(), twice),
        definition(() -> saga().pivot(local("a")).step(local("a")).build(), twice),
        definition(
            () -> saga().pivot(local("b")).step(ifUnknown()).build(),
            "saga s: step a follows the pivot and is never compensated; drop its compensation"),
        definition(() -> limited().pivot(local("a")).build(), unarmed),
        definition(() -> limited().pivot(local("a")).step(local("b")).build(), unarmed),
        definition(
            () -> limited().pivot(local("a")).returning(String.class, (in, r) -> in), unarmed),
        definition(
            () -> many(201).build(),
            "saga s: step s201 is one too many: there are 201 steps, those that others hold"
                + " included (expected: <= 200); make a forEach of what is repeated, or two sagas"
                + " of this one"));
  }

  static Stream<Refusal> nulls() {
    return Stream.of(
        missing(() -> Saga.define(absent(), String.class), "saga"),
        missing(() -> Saga.define("s", absent()), "input"),
        missing(() -> Step.named(absent(), String.class), "step"),
        missing(() -> Step.named("a", absent()), "input"),
        missing(() -> saga().key(absent()), "key"),
        missing(() -> saga().attribute("a", absent()), "attribute"),
        missing(() -> saga().deadline(absent()), "deadline"),
        missing(() -> limited().keptForCompensation(absent()), "keptForCompensation"),
        missing(() -> local("a").timeout(absent()), "step a: timeout"),
        missing(() -> local("a").retry(absent()), "policy"),
        missing(() -> remote("a").retry(absent()), "policy"),
        missing(() -> compensated("a").compensationRetry(absent()), "policy"),
        missing(() -> ifUnknown().compensationRetry(absent()), "policy"),
        missing(() -> ifUnknown().from(absent(), (in, results) -> "x"), "input"),
        missing(() -> local("a").from(absent(), (in, results) -> "x"), "input"),
        missing(() -> local("a").from(String.class, absent()), "derivation"),
        missing(() -> Step.named("a", String.class).local((LocalTask<String>) null), "handler"),
        missing(() -> saga().pivot(local("a")).returning(String.class, absent()), "output"),
        missing(() -> new Attempts(Duration.ofSeconds(1), absent(), Set.of()), "retry"),
        missing(() -> Outcome.succeeded(absent()), "result"),
        missing(() -> Outcome.failed(absent()), "reason"),
        missing(() -> new SagaId(absent()), "value"));
  }

  @Test
  void namesTheSagaAndTheStepInTheException() {
    assertThatThrownBy(() -> saga().pivot(remote("a")).build())
        .isInstanceOfSatisfying(
            SagaDefinitionException.class,
            e -> {
              assertThat(e.saga()).contains("s");
              assertThat(e.step()).contains("a");
              assertThat(e.id()).isEmpty();
            });
  }

  @Test
  void acceptsEveryBound() {
    String longest = "x".repeat(100);
    var step =
        remote(longest)
            .timeout(Duration.ofHours(24))
            .retry(Retry.exponential(Duration.ofDays(365)).delayMax(Duration.ofDays(365)))
            .verify((in, call) -> Outcome.unknown());
    var definition =
        Saga.define("aZ09._-", String.class)
            .version(Integer.MAX_VALUE)
            .deadline(Duration.ofDays(3650))
            .keptForCompensation(Duration.ofDays(3650).minusNanos(1))
            .step(compensated("a"))
            .pivot(step)
            .step(local("b").timeout(Duration.ofNanos(1)))
            .build();

    assertThat(definition.steps()).hasSize(3);
    assertThat(many(200).build().steps()).hasSize(SagaDefinition.STEPS_MAX);
  }

  private static SagaHead<String> limited() {
    return saga().deadline(Duration.ofDays(1));
  }

  static SagaBody<String> many(int steps) {
    SagaBody<String> body = saga().step(compensated("s1"));
    for (int at = 2; at <= steps; at++) {
      body = body.step(compensated("s" + at));
    }
    return body;
  }

  private static CompensatableStep<String, Done> free() {
    return local("a").needsNoCompensation();
  }

  static PivotStep<String, Done> ifUnknown() {
    return remote("a").compensationIfUnknown((in, done, call) -> {});
  }

  private static LocalStep<String, Done> localBean() {
    return Step.named("a", String.class).local(LocalBean.class);
  }

  private static RemoteStep<String, Done> remoteBean() {
    return Step.named("a", String.class).remote(RemoteBean.class);
  }

  static String named(String what, String printed) {
    return what + ": \"" + printed + "\"" + CHARACTERS;
  }

  static Refusal argument(ThrowingCallable code, String message) {
    return new Refusal(code, IllegalArgumentException.class, message);
  }

  static Refusal state(ThrowingCallable code, String message) {
    return new Refusal(code, IllegalStateException.class, message);
  }

  static Refusal definition(ThrowingCallable code, String message) {
    return new Refusal(code, SagaDefinitionException.class, message);
  }

  static Refusal missing(ThrowingCallable code, String what) {
    return new Refusal(code, NullPointerException.class, what);
  }

  /** What a caller without null checks would pass. */
  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
  static <T> T absent() {
    return null;
  }
}
