package io.skald.engine.spi;

import io.skald.saga.internal.Masked;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A change of a {@code saga} row by its owner. */
public sealed interface SagaChange {

  /**
   * Gives the saga up until it is due: no owner, {@code wake_at} set.
   *
   * @param after how long until it is due, by the database's clock; zero for at once
   * @param signals how many signals were routed to the saga by what its owner read; only if that is
   *     still so is anything written. Null if it waits for none
   * @param lane in which lane it is due; once urgent, always urgent
   */
  record Park(Duration after, @Nullable Integer signals, Lane lane) implements SagaChange {}

  /**
   * {@code COMPENSATING} from now on; raises the epoch, keeps the owner.
   *
   * @param error why
   */
  record TurnAround(SagaError error) implements SagaChange {}

  /**
   * {@code COMPLETED}: no owner, no {@code wake_at}.
   *
   * @param output the encoded result
   */
  record Complete(String output) implements SagaChange {
    /** For logs: without the result. */
    @Override
    public String toString() {
      return "Complete[output=%s]".formatted(Masked.payload(output));
    }
  }

  /**
   * A completed saga {@code COMPENSATING}, because the saga that started it cannot go on: due at
   * once and urgent, not finished any more; keeps its output.
   *
   * @param error why
   */
  record CallBack(SagaError error) implements SagaChange {}

  /** {@code COMPENSATED}: no owner, no {@code wake_at}. */
  record EndCompensated() implements SagaChange {}

  /**
   * {@code STUCK}: no owner, no {@code wake_at}.
   *
   * @param error why, and at which step
   * @param lane in which lane it is due once it is set in motion again; once urgent, always urgent
   */
  record Stick(SagaError error, Lane lane) implements SagaChange {}

  /**
   * {@code RUNNING} or, if it had turned around, {@code COMPENSATING} again and urgent, due at
   * once, with a crash count of zero; by an operator, from {@code STUCK}.
   *
   * @param lane in which lane it is due; once urgent, always urgent
   */
  record Resume(Lane lane) implements SagaChange {}

  /**
   * Sets {@code cancel_requested_at}; urgent from now on. A stuck saga is set in motion again as
   * {@link Resume} does; one that nobody owns is due at once; by an operator.
   */
  record RequestCancel() implements SagaChange {}

  /**
   * {@code RESOLVED}: no owner, no {@code wake_at}; by an operator.
   *
   * @param error who and why
   */
  record Resolve(SagaError error) implements SagaChange {}
}
