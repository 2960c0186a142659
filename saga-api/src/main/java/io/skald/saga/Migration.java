package io.skald.saga;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * How sagas in flight are moved from one version of a definition to another one: what becomes of
 * each step that only one of them has, and of each payload whose type differs. Nothing is moved by
 * declaring it. Checked when it is built, immutable.
 *
 * <pre>{@code
 * Migration toV4 =
 *     Migration.from(v3)
 *         .to(v4)
 *         .renamed(reserve, reserveStock)
 *         .dropped(checkFraud)
 *         .skipped(notifyCustomer, Done.DONE)
 *         .result(createOrder, JsonUpcast.ofObject(row -> row.remove("legacy")))
 *         .build();
 * }</pre>
 */
public final class Migration {
  private final MigrationPlan plan;

  Migration(MigrationPlan plan) {
    this.plan = plan;
  }

  /**
   * Begins a migration.
   *
   * @param source the version the sagas are on
   */
  public static From from(SagaDefinition<?, ?> source) {
    return new From(Objects.requireNonNull(source, "source"));
  }

  /** A migration that does not say yet where to. Immutable. */
  public static final class From {
    private final SagaDefinition<?, ?> source;

    private From(SagaDefinition<?, ?> source) {
      this.source = source;
    }

    /**
     * Says where to.
     *
     * @param target another version of the same definition; as a rule a later one, but a way back
     *     may be declared as well
     */
    public MigrationDraft to(SagaDefinition<?, ?> target) {
      return new MigrationDraft(MigrationPlan.of(source, Objects.requireNonNull(target, "target")));
    }
  }

  /** The version the sagas are on. */
  public SagaDefinition<?, ?> source() {
    return plan.source();
  }

  /** The version they are moved to. */
  public SagaDefinition<?, ?> target() {
    return plan.target();
  }

  /**
   * What a step of the source is called in the target; empty if it is dropped.
   *
   * @param step a step's name
   */
  public Optional<String> nameOf(String step) {
    return plan.isDropped(step) ? Optional.empty() : Optional.of(plan.nameOf(step));
  }

  /**
   * Where what is recorded at a path of the source stands in the target.
   *
   * @param path a path of the log, of a step that is not dropped
   */
  public String pathOf(String path) {
    return plan.pathOf(path);
  }

  /** The results that steps of the target are given where a saga is past them, by name. */
  public Map<String, Object> skipped() {
    return plan.skipped();
  }

  /** Brings the input to the shape of the target, if that has to be. */
  public Optional<Upcast> inputUpcast() {
    return plan.upcasts().ofInput();
  }

  /**
   * Brings a result to the shape of the target, if that has to be.
   *
   * @param step the step's name in the target
   */
  public Optional<Upcast> resultUpcast(String step) {
    return plan.upcasts().ofResult(step);
  }

  @Override
  public String toString() {
    return "%s to %d".formatted(source(), target().version());
  }
}
