package io.skald.testkit;

import io.skald.engine.EngineOptions;
import io.skald.engine.SagaEngine;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaHandle;
import io.skald.saga.view.SagaTimeline;
import io.skald.saga.view.SagaView;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A JUnit extension that gives each test an engine: opened before it, on a store of its own, and
 * closed after it.
 *
 * <pre>{@code
 * @RegisterExtension
 * final SagaEngineExtension sagas = SagaEngineExtension.of(placeOrder);
 *
 * @Test
 * void releasesTheStockWhenTheCardIsDeclined() throws Exception {
 *   payments.decline("customer-1");
 *
 *   assertThat(sagas.run(placeOrder, order)).isCompensated();
 * }
 * }</pre>
 *
 * <p>The engine polls every 10 ms, so that what waits does not make a test wait. Register it as an
 * instance field: each test has its own then, also where tests run beside each other. The methods
 * that use the engine are safe for use by several threads, while a test runs.
 */
public final class SagaEngineExtension implements BeforeEachCallback, AfterEachCallback {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final EngineOptions OPTIONS =
      EngineOptions.defaults().withPollInterval(Duration.ofMillis(10));

  private final List<SagaDefinition<?, ?>> definitions;
  private final Supplier<? extends SagaStore> stores;
  private final UnaryOperator<SagaEngine.Builder> settings;
  private volatile @Nullable SagaStore store;
  private volatile @Nullable SagaEngine engine;

  private SagaEngineExtension(
      List<SagaDefinition<?, ?>> definitions,
      Supplier<? extends SagaStore> stores,
      UnaryOperator<SagaEngine.Builder> settings) {
    this.definitions = definitions;
    this.stores = stores;
    this.settings = settings;
  }

  /** An engine that runs these, on an {@link InMemorySagaStore}. */
  public static SagaEngineExtension of(SagaDefinition<?, ?>... definitions) {
    return new SagaEngineExtension(
        List.of(definitions), InMemorySagaStore::new, UnaryOperator.identity());
  }

  /** This extension on another store, made anew for each test. */
  public SagaEngineExtension store(Supplier<? extends SagaStore> other) {
    return new SagaEngineExtension(definitions, other, settings);
  }

  /** This extension with more said of the engine: handlers, options, a codec. */
  public SagaEngineExtension engine(UnaryOperator<SagaEngine.Builder> more) {
    return new SagaEngineExtension(
        definitions, stores, builder -> more.apply(settings.apply(builder)));
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    SagaStore fresh = stores.get();
    SagaEngine.Builder builder = SagaEngine.builder(fresh).options(OPTIONS);
    definitions.forEach(builder::define);
    SagaEngine built = settings.apply(builder).build();
    store = fresh;
    engine = built;
    built.open();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    SagaEngine open = engine;
    engine = null;
    store = null;
    if (open != null) {
      open.close();
    }
  }

  /**
   * The engine of the test that runs.
   *
   * @throws IllegalStateException if no test runs
   */
  public SagaEngine engine() {
    return inTest(engine);
  }

  /**
   * The store in memory of the test that runs.
   *
   * @throws IllegalStateException if no test runs, or the store is another one
   */
  public InMemorySagaStore inMemoryStore() {
    if (inTest(store) instanceof InMemorySagaStore inMemory) {
      return inMemory;
    }
    throw new IllegalStateException("the store is the test's own (expected: the one in memory)");
  }

  private static <T> T inTest(@Nullable T part) {
    if (part == null) {
      throw new IllegalStateException(
          "no test runs (expected: use within a test, with the extension in a field that is"
              + " annotated with @RegisterExtension)");
    }
    return part;
  }

  /**
   * Starts a saga and waits until it has ended or is stuck, 10 s at most.
   *
   * @return the saga as it stands then
   * @throws AssertionError if it is still going, with its timeline
   */
  public <I> SagaView run(SagaDefinition<I, ?> saga, I input) throws InterruptedException {
    return awaitEnd(engine().start(saga, input));
  }

  /**
   * Waits until a saga has ended or is stuck, 10 s at most.
   *
   * @return the saga as it stands then
   * @throws AssertionError if it is still going, with its timeline
   */
  public SagaView awaitEnd(SagaHandle<?> saga) throws InterruptedException {
    try {
      // what it ended with is in the view
      Object unused = saga.await(PATIENCE);
    } catch (TimeoutException e) {
      throw new AssertionError(
          "the saga is still going after %s%n%s".formatted(PATIENCE, timeline(saga)), e);
    }
    return view(saga);
  }

  private String timeline(SagaHandle<?> saga) {
    return String.join(System.lineSeparator(), SagaTimeline.of(view(saga)).lines());
  }

  private SagaView view(SagaHandle<?> saga) {
    return Objects.requireNonNull(engine().view(saga.id()).orElse(null), "the view of " + saga);
  }
}
