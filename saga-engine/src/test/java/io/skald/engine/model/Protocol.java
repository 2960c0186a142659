package io.skald.engine.model;

import java.util.List;

/** The protocol as it is, with all that may happen to it in one exploration. */
enum Protocol {
  /** A commit in doubt, beside a takeover and a cancel. */
  COMMIT_IN_DOUBT(Size.SMALL, Search.STATES, "-DLOSSES=1", "-DCANCEL=1"),
  /** A commit in doubt, beside a process that dies. */
  DEATH(Size.SMALL, Search.STATES, "-DLOSSES=1", "-DDEATH=1"),
  /** A takeover from a node that has taken over. */
  THREE_NODES(Size.SMALL, Search.CYCLES, "-DNODES=3"),
  /** A lease that is prolonged late, beside a cancel. */
  LATE_HEARTBEAT(Size.SMALL, Search.STATES, "-DBEATS=1", "-DCANCEL=1"),
  /** A signal, a commit in doubt and a cancel. */
  SIGNAL(Size.SMALL, Search.CYCLES, "-DWAIT=1", "-DREMOTE=0", "-DLOSSES=1", "-DCANCEL=1"),
  /** All three steps, beside a cancel and a compensation without an answer. */
  ALL_STEPS(Size.SMALL, Search.CYCLES, "-DWAIT=1", "-DCANCEL=1", "-DSILENCES=1"),

  THREE_NODES_AND_DEATH(Size.LARGE, Search.CYCLES, "-DNODES=3", "-DDEATH=1"),
  TWICE_IN_DOUBT(Size.LARGE, Search.CYCLES, "-DLOSSES=2"),
  CANCEL_AND_DEATH(Size.LARGE, Search.CYCLES, "-DLOSSES=1", "-DCANCEL=1", "-DDEATH=1"),
  ALL_STEPS_IN_DOUBT(Size.LARGE, Search.STATES, "-DWAIT=1", "-DLOSSES=1", "-DCANCEL=1");

  /** Whether each build explores it. */
  enum Size {
    SMALL,
    LARGE
  }

  private final Size size;
  private final Search search;

  @SuppressWarnings("ImmutableEnumChecker") // a list that cannot be changed
  private final List<String> settings;

  Protocol(Size size, Search search, String... settings) {
    this.size = size;
    this.search = search;
    this.settings = List.of(settings);
  }

  boolean isSmall() {
    return size == Size.SMALL;
  }

  Search search() {
    return search;
  }

  Settings settings() {
    return Settings.least().with(settings);
  }
}
