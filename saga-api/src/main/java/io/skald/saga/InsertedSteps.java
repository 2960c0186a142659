package io.skald.saga;

import io.skald.saga.definition.PlacedStep;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is new and comes before something that is kept: a saga may be past it. */
final class InsertedSteps {
  private final MigrationPlan plan;
  private final Set<String> kept;
  private @Nullable PlacedStep open;

  /**
   * The new steps of a migration.
   *
   * @param plan the migration
   * @param kept the names of the others in its target
   */
  InsertedSteps(MigrationPlan plan, Set<String> kept) {
    this.plan = plan;
    this.kept = kept;
  }

  void check() {
    plan.target().steps().forEach(this::look);
  }

  private void look(PlacedStep step) {
    boolean isDeclared =
        plan.inserted().contains(step.name()) || plan.skipped().containsKey(step.name());
    if (isDeclared) {
      return;
    }
    if (kept.contains(step.name())) {
      requireNoneOpen(step);
    } else if (Outline.isRecorded(step.plan()) && open == null) {
      open = step;
    }
    Outline.held(step).forEach(this::look);
  }

  private void requireNoneOpen(PlacedStep next) {
    if (open != null) {
      String before = "version " + plan.source().version();
      throw plan.refused(
          open.name(),
          ("step %s of version %d comes before %s and is not in %s (expected: skipped(%s, ..),"
                  + " with which a saga past it goes on; or inserted(..), which leaves such a"
                  + " saga on %s)")
              .formatted(
                  open.name(), plan.target().version(), next.name(), before, open.name(), before));
    }
  }
}
