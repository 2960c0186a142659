package io.skald.store.jooq;

/** What a statement does about a saga somebody else has locked. */
enum Lock {
  /** It waits. */
  WAIT,
  /** It leaves the saga out, as if its fence were lost. */
  SKIP;

  /** The clause, for a lock of that strength. */
  String clause(String strength) {
    return switch (this) {
      case WAIT -> "for " + strength;
      case SKIP -> "for " + strength + " skip locked";
    };
  }
}
