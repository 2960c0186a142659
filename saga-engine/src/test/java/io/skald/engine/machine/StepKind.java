package io.skald.engine.machine;

import io.skald.saga.Compensatable;
import io.skald.saga.Done;
import io.skald.saga.Outcome;
import io.skald.saga.Retriable;
import io.skald.saga.Retry;
import io.skald.saga.Step;
import io.skald.saga.definition.Position;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.LocalStep;
import io.skald.saga.step.RemoteStep;
import java.time.Duration;

/**
 * The kinds of step sequences are made of; two attempts at most, so that budgets are soon spent.
 */
enum StepKind {
  LOCAL(Position.COMPENSATABLE),
  LOCAL_UNCOMPENSATED(Position.COMPENSATABLE),
  REMOTE(Position.COMPENSATABLE),
  REMOTE_UNCOMPENSATED(Position.COMPENSATABLE),
  REMOTE_VERIFIED(Position.COMPENSATABLE),
  REMOTE_ONCE(Position.COMPENSATABLE),
  PIVOT_LOCAL(Position.PIVOT),
  PIVOT_VERIFIED(Position.PIVOT),
  PIVOT_IF_UNKNOWN(Position.PIVOT),
  PIVOT_ONCE(Position.PIVOT),
  TAIL_LOCAL(Position.RETRIABLE),
  TAIL_REMOTE(Position.RETRIABLE),
  TAIL_VERIFIED(Position.RETRIABLE),
  TAIL_ONCE(Position.RETRIABLE);

  static final Retry TWICE = Retry.exponential(Duration.ofMillis(200)).attemptsMax(2);

  private final Position position;

  StepKind(Position position) {
    this.position = position;
  }

  Position position() {
    return position;
  }

  boolean isLocal() {
    return switch (this) {
      case LOCAL, LOCAL_UNCOMPENSATED, PIVOT_LOCAL, TAIL_LOCAL -> true;
      case REMOTE,
          REMOTE_UNCOMPENSATED,
          REMOTE_VERIFIED,
          REMOTE_ONCE,
          PIVOT_VERIFIED,
          PIVOT_IF_UNKNOWN,
          PIVOT_ONCE,
          TAIL_REMOTE,
          TAIL_VERIFIED,
          TAIL_ONCE ->
          false;
    };
  }

  boolean isVerified() {
    return this == REMOTE_VERIFIED || this == PIVOT_VERIFIED || this == TAIL_VERIFIED;
  }

  boolean isAtMostOnce() {
    return this == REMOTE_ONCE || this == PIVOT_ONCE || this == TAIL_ONCE;
  }

  /** Whether what took effect, or may have, has to be compensated when the saga turns around. */
  boolean isCompensated() {
    return switch (this) {
      case LOCAL, REMOTE, REMOTE_VERIFIED, REMOTE_ONCE, PIVOT_IF_UNKNOWN, PIVOT_ONCE -> true;
      case LOCAL_UNCOMPENSATED,
          REMOTE_UNCOMPENSATED,
          PIVOT_LOCAL,
          PIVOT_VERIFIED,
          TAIL_LOCAL,
          TAIL_REMOTE,
          TAIL_VERIFIED,
          TAIL_ONCE ->
          false;
    };
  }

  Compensatable<String, Done> compensatable(String name) {
    return switch (this) {
      case LOCAL -> local(name).compensation((in, done, tx) -> {}).compensationRetry(TWICE);
      case LOCAL_UNCOMPENSATED -> local(name).needsNoCompensation();
      case REMOTE -> compensated(remote(name).retry(TWICE));
      case REMOTE_UNCOMPENSATED -> remote(name).retry(TWICE).needsNoCompensation();
      case REMOTE_VERIFIED -> compensated(verified(name));
      case REMOTE_ONCE -> compensated(remote(name).atMostOnce());
      case PIVOT_LOCAL,
          PIVOT_VERIFIED,
          PIVOT_IF_UNKNOWN,
          PIVOT_ONCE,
          TAIL_LOCAL,
          TAIL_REMOTE,
          TAIL_VERIFIED,
          TAIL_ONCE ->
          throw new IllegalStateException(this + " stands at or after the pivot");
    };
  }

  Retriable<String, Done> retriable(String name) {
    return switch (this) {
      case PIVOT_LOCAL, TAIL_LOCAL -> local(name);
      case TAIL_REMOTE -> remote(name).retry(TWICE);
      case PIVOT_VERIFIED, TAIL_VERIFIED -> verified(name);
      case TAIL_ONCE -> remote(name).atMostOnce();
      case PIVOT_IF_UNKNOWN ->
          remote(name).retry(TWICE).compensationIfUnknown((in, done, call) -> {});
      case PIVOT_ONCE -> remote(name).atMostOnce().compensationIfUnknown((in, done, call) -> {});
      case LOCAL, LOCAL_UNCOMPENSATED, REMOTE, REMOTE_UNCOMPENSATED, REMOTE_VERIFIED, REMOTE_ONCE ->
          throw new IllegalStateException(this + " stands before the pivot");
    };
  }

  static LocalStep<String, Done> local(String name) {
    return Step.named(name, String.class).local((in, tx) -> {}).retry(TWICE);
  }

  static RemoteStep<String, Done> remote(String name) {
    return Step.named(name, String.class).remote((in, call) -> {});
  }

  static RemoteStep<String, Done> verified(String name) {
    return remote(name).retry(TWICE).verify((in, call) -> Outcome.unknown());
  }

  static CompensatableStep<String, Done> compensated(RemoteStep<String, Done> step) {
    return step.compensation((in, done, call) -> {}).compensationRetry(TWICE);
  }
}
