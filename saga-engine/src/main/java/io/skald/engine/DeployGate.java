package io.skald.engine;

import io.skald.engine.runtime.GateCheck;
import io.skald.saga.SagaDefinition;
import io.skald.saga.view.Census;
import io.skald.saga.view.GateReport;
import java.util.Collection;

/**
 * Compares definitions in code with the sagas in flight, before code is deployed that some of them
 * could not go on with. Needs no database: {@link SagaVersions#census} takes a census where there
 * is one, and {@link io.skald.engine.codec.CensusJson} carries it here.
 */
public final class DeployGate {
  private DeployGate() {}

  /** What an engine does at its start with sagas in flight that none of its definitions is for. */
  public enum Mode {
    /** It does not look, and starts. */
    OFF,
    /** It says so in the log, and starts: another node may define their versions. */
    LOG,
    /** It does not start. */
    REFUSE
  }

  /**
   * What stands in the way of deploying these definitions, and no others.
   *
   * @param definitions all versions the code defines; those that their steps start come along
   * @param census the sagas in flight
   */
  public static GateReport check(Collection<SagaDefinition<?, ?>> definitions, Census census) {
    return GateCheck.of(definitions).report(census);
  }
}
