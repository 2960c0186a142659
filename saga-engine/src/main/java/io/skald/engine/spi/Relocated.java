package io.skald.engine.spi;

/** What became of a relocation. */
public enum Relocated {
  /** The saga is on the other version. */
  MOVED,
  /** Nothing was written: it was decided so. */
  STAYED,
  /** Nothing was written: a node owns the saga. */
  OWNED,
  /** Nothing was written: there is no such saga, or it has ended. */
  ENDED
}
