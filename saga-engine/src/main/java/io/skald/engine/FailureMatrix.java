package io.skald.engine;

import io.skald.saga.SagaDefinition;
import io.skald.saga.view.SagaStatus;
import java.util.List;
import java.util.Objects;

/**
 * What becomes of a saga if one thing goes wrong: a row for each step and each failure that can
 * happen there, and one for the saga's result. Found by taking the engine's own decisions for every
 * one of them, so it says what the engine does. Immutable.
 *
 * <p>Each row is one representative way: all that was before the step has succeeded, and so has
 * what may be under way beside it; a choice takes the first branch that goes on, unless the step is
 * in another one; a {@code forEach} has two elements, and it is the second one that fails. What
 * follows succeeds. A compensation fails after the saga went forward as far as it could.
 *
 * @param rows by step, in the order of the definition
 */
public record FailureMatrix(List<Row> rows) {
  /** Copies the list. */
  public FailureMatrix {
    rows = List.copyOf(rows);
  }

  /**
   * The matrix of a definition. For builds and tests: it takes milliseconds for ten steps, and
   * seconds for two hundred.
   */
  public static FailureMatrix of(SagaDefinition<?, ?> definition) {
    return new FailureMatrix(new FailureDrill(definition).rows());
  }

  /**
   * What a failure leads to.
   *
   * @param step the path of the step; empty for the saga's result
   * @param failure what goes wrong
   * @param end how the saga ends: {@code COMPENSATED}, {@code COMPLETED} if it goes on all the
   *     same, or {@code STUCK}; {@code RUNNING} or {@code COMPENSATING} if it waits until another
   *     saga is moved
   * @param reason why it is stuck, or what it waits for; else empty
   * @param compensated the paths of the steps that are compensated, in order; those in one list at
   *     the same time
   */
  public record Row(
      String step, Failure failure, SagaStatus end, String reason, List<List<String>> compensated) {
    /** Copies the lists, and checks that nothing is missing. */
    public Row {
      Objects.requireNonNull(step, "step");
      Objects.requireNonNull(failure, "failure");
      Objects.requireNonNull(end, "end");
      Objects.requireNonNull(reason, "reason");
      compensated = compensated.stream().map(List::copyOf).toList();
    }
  }

  /** What can go wrong at a step. */
  public enum Failure {
    /** The first attempt fails permanently: nothing happened, and nothing can. */
    PERMANENT("permanent failure"),
    /** A remote attempt was not answered, and the next one fails permanently. */
    PERMANENT_IN_DOUBT("permanent failure in doubt"),
    /** All attempts of a local step are rolled back. */
    ROLLED_BACK("always rolled back"),
    /** No attempt of a remote step is answered, and nobody can tell what became of them. */
    UNKNOWN("never answered"),
    /** A remote attempt was not answered; its verification says that it did not happen. */
    DISPROVED("verified as failed"),
    /** A function of the definition throws. */
    THROWN("its function throws"),
    /** The saga reaches a refusal. */
    DECIDED("refuses"),
    /** The saga's locks are not free in time. */
    LOCKED("its locks are not free in time"),
    /** No signal comes in time. */
    SILENCE("no signal in time"),
    /** What was handed out is not completed in time. */
    NOT_COMPLETED("not completed in time"),
    /** Whoever has what was handed out says that it was not done, and no longer can be. */
    FAILED_BY_TOKEN("failed by token"),
    /** The other saga that is this step compensates. */
    CHILD_COMPENSATED("its saga compensates"),
    /** An operator resolves the other saga that is this step. */
    CHILD_RESOLVED("its saga is resolved"),
    /** The other saga that is this step is stuck on its way forward. */
    CHILD_STUCK("its saga is stuck"),
    /** The other saga that is this step is called back, and is stuck on its way back. */
    CHILD_STUCK_CALLED_BACK("its saga is stuck when called back"),
    /** The saga is cancelled before an attempt of the step is made. */
    CANCELLED("cancelled"),
    /**
     * The saga is cancelled after an attempt that was not answered, or while another saga that is
     * this step runs.
     */
    CANCELLED_IN_DOUBT("cancelled in doubt"),
    /**
     * The saga's deadline passes, or comes as near as is kept for compensation, before an attempt
     * of the step is made.
     */
    OVERDUE("deadline passes"),
    /** The deadline passes after an attempt that was not answered, or while another saga runs. */
    OVERDUE_IN_DOUBT("deadline passes in doubt"),
    /**
     * Less of the deadline is left at the pivot than the rest takes, and it is begun in time only.
     */
    TOO_LATE("too little time for the rest"),
    /**
     * An attempt of the step's compensation fails permanently, or a bounded budget is spent of one
     * that is not skipped then.
     */
    COMPENSATION_FAILED("its compensation fails for good"),
    /** The budget of a compensation is spent that is skipped then. */
    COMPENSATION_SPENT("its compensation's attempts are spent"),
    /** An attempt of the step's confirmation fails permanently, or a bounded budget is spent. */
    CONFIRMATION_FAILED("its confirmation fails for good");

    private final String words;

    Failure(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }

  /**
   * The matrix as a Markdown table with aligned columns. Failures of one step that lead to the same
   * stand in one row; "in doubt" is after an attempt that was not answered.
   *
   * @return lines that end with a line feed each
   */
  public String markdown() {
    return MatrixTable.of(rows);
  }
}
