package io.skald.engine.machine;

import java.util.List;

/** Where a saga stands that a step of another one has started. */
enum Child {
  RUNNING,
  STUCK,
  COMPLETED,
  CALLED_BACK,
  STUCK_ON_ITS_WAY_BACK,
  COMPENSATED,
  RESOLVED,
  PURGED;

  /** What may become of it next, because of itself, an operator or the retention. */
  List<Child> next() {
    return switch (this) {
      case RUNNING -> List.of(COMPLETED, COMPENSATED, STUCK);
      case STUCK -> List.of(COMPLETED, COMPENSATED, RESOLVED);
      case CALLED_BACK -> List.of(COMPENSATED, STUCK_ON_ITS_WAY_BACK);
      case STUCK_ON_ITS_WAY_BACK -> List.of(COMPENSATED, RESOLVED);
      case COMPLETED, COMPENSATED, RESOLVED -> List.of(PURGED);
      case PURGED -> List.of();
    };
  }

  /** Whether that is what becomes of it unless something goes wrong, or went wrong before. */
  boolean isUsual(Child next) {
    return switch (this) {
      case RUNNING -> next == COMPLETED;
      case CALLED_BACK -> next == COMPENSATED;
      case STUCK, STUCK_ON_ITS_WAY_BACK -> true;
      case COMPLETED, COMPENSATED, RESOLVED, PURGED -> false;
    };
  }

  /** Whether it tells its parent when it gets there. */
  boolean isEnd() {
    return this == COMPLETED || this == COMPENSATED || this == RESOLVED;
  }

  /** Whether nothing it did stands, or an operator has taken that on. */
  boolean isOver() {
    return this == COMPENSATED || this == RESOLVED;
  }

  /** Whether it goes on by itself, or would if an operator let it. */
  boolean isAlive() {
    return this == RUNNING || this == STUCK || this == CALLED_BACK || this == STUCK_ON_ITS_WAY_BACK;
  }

  /** What it is once its parent has called it back. */
  Child calledBack() {
    return switch (this) {
      case RUNNING, STUCK, COMPLETED -> CALLED_BACK;
      case CALLED_BACK, STUCK_ON_ITS_WAY_BACK, COMPENSATED, RESOLVED, PURGED -> this;
    };
  }
}
