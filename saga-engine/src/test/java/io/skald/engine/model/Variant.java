package io.skald.engine.model;

import java.util.List;

/** The protocol with one mistake, which breaks a property in what is explored. */
enum Variant {
  READ_INSTEAD_OF_SETTLE(Property.OWED, Scope.LOST_CONNECTION),
  SETTLE_IN_ONE_STATEMENT(Property.OWED, Scope.LOST_CONNECTION),
  OVERWRITTEN_LOG(Property.ONCE, Scope.LOST_CONNECTION, "-DREAD_INSTEAD_OF_SETTLE=1"),
  FENCE_WITHOUT_EPOCH(Property.TURNED, Scope.LOST_CONNECTION),
  FENCE_FIRST(Property.OWNER, Scope.TAKEOVER),
  CLAIM_IN_ONE_STATEMENT(Property.OWED, Scope.TAKEOVER),
  BLIND_PARK(Property.AT_REST, Scope.SIGNAL),
  SIGNALS_BEFORE_COUNT(Property.AT_REST, Scope.SIGNAL),
  UNGUARDED_HEARTBEAT(Property.LEASED, Scope.LATE_HEARTBEAT),
  HEARTBEAT_BY_NOW(Property.LEASED, Scope.LATE_HEARTBEAT),
  NODE_CLOCK(Property.LEASED, Scope.TAKEOVER),
  UNCHECKED_LEASE(Property.LEASED, Scope.TAKEOVER),
  CALL_BEFORE_COMMIT(Property.INTENT, Scope.SIGNAL_AND_CALL),
  FORGOTTEN_ATTEMPT(Property.FAILURE, Scope.TAKEOVER),
  RESTARTED_ATTEMPTS(Property.ATTEMPT, Scope.TAKEOVER),
  FAILURE_AFTER_DOUBT(Property.FAILURE, Scope.TAKEOVER),
  /** No mistake of the engine's: what is asked of a participant is needed. */
  NO_BARRIER(Property.NEUTRAL, Scope.TAKEOVER);

  /** What the model checks, each explained there. */
  enum Property {
    ONCE,
    OWNER,
    INTENT,
    ATTEMPT,
    TURNED,
    OWED,
    FAILURE,
    LEASED,
    AT_REST,
    NEUTRAL
  }

  /** The least that may happen for a mistake to show. */
  enum Scope {
    TAKEOVER("-DLOSSES=0"),
    LOST_CONNECTION("-DLOSSES=1"),
    LATE_HEARTBEAT("-DLOSSES=0", "-DBEATS=1"),
    SIGNAL("-DLOSSES=0", "-DWAIT=1", "-DREMOTE=0"),
    SIGNAL_AND_CALL("-DLOSSES=0", "-DWAIT=1");

    @SuppressWarnings("ImmutableEnumChecker") // a list that cannot be changed
    private final List<String> settings;

    Scope(String... settings) {
      this.settings = List.of(settings);
    }
  }

  private final Property property;
  private final Scope scope;

  @SuppressWarnings("ImmutableEnumChecker") // a list that cannot be changed
  private final List<String> others;

  Variant(Property property, Scope scope, String... others) {
    this.property = property;
    this.scope = scope;
    this.others = List.of(others);
  }

  /** The property that does not hold. */
  Property property() {
    return property;
  }

  /** The model with this mistake, asked for that property alone. */
  Settings settings() {
    return Settings.least()
        .with(scope.settings)
        .with(others)
        .with(List.of("-D" + name() + "=1", "-DONLY=" + property));
  }
}
