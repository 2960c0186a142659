package io.skald.saga.view;

import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;

/**
 * Something a {@link SagaQuery} asks of a saga: what a store has to translate. Made by the query's
 * methods, which say what each means and check it. Immutable.
 */
public sealed interface SagaCriterion {

  /**
   * It runs a definition of this name.
   *
   * @param name the definition's name
   */
  record Definition(String name) implements SagaCriterion {}

  /**
   * It runs this version of its definition.
   *
   * @param number the version
   */
  record Version(int number) implements SagaCriterion {}

  /**
   * It has this business key.
   *
   * @param text the whole key
   */
  record Key(String text) implements SagaCriterion {}

  /**
   * Its business key begins with this.
   *
   * @param text the beginning
   */
  record KeyPrefix(String text) implements SagaCriterion {}

  /**
   * It has this attribute.
   *
   * @param name the attribute's name
   * @param value its whole value
   */
  record Attribute(String name, String value) implements SagaCriterion {
    /** For logs: without the value. */
    @Override
    public String toString() {
      return "Attribute[name=%s]".formatted(name);
    }
  }

  /**
   * It is in one of these.
   *
   * @param any at least one
   */
  record Status(Set<SagaStatus> any) implements SagaCriterion {
    /** Copies the set. */
    public Status {
      any = Set.copyOf(EnumSet.copyOf(any));
    }
  }

  /** Nobody runs it now, and it goes on by itself. */
  record Waiting() implements SagaCriterion {}

  /**
   * It has not ended, and stands at this step.
   *
   * @param step the step's name
   */
  record StandsAt(String step) implements SagaCriterion {}

  /**
   * Its error, or that of a step it stands at, has this fingerprint.
   *
   * @param fingerprint as {@link SagaSummary#errorFingerprint} has it
   */
  record FailedWith(String fingerprint) implements SagaCriterion {}

  /**
   * Something happened to it at that instant or later.
   *
   * @param moment what
   * @param at the instant
   */
  record Since(SagaMoment moment, Instant at) implements SagaCriterion {}

  /**
   * Something happened to it before that instant.
   *
   * @param moment what
   * @param at the instant
   */
  record Before(SagaMoment moment, Instant at) implements SagaCriterion {}
}
