package io.skald.benchmarks;

/** What a measured saga does. */
enum Work {
  /** Three local steps of one business insert each. */
  LOCAL,
  /** Three remote steps that answer at once. */
  REMOTE,
  /** Three local steps, the last of which inserts and fails; the first two are compensated. */
  FAILING;

  /** The steps' names, in order. */
  static final String RESERVE = "reserve-stock";

  static final String CHARGE = "charge-card";
  static final String SHIP = "ship-parcel";
}
