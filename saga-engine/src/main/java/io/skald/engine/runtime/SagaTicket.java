package io.skald.engine.runtime;

import io.skald.engine.spi.PayloadCodec;
import io.skald.engine.spi.SagaError;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.SagaId;
import io.skald.saga.error.IllegalSagaStateException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A handle on a saga, wherever it runs. */
final class SagaTicket<O> implements SagaHandle<O> {
  private final SagaId id;
  private final SagaDefinition<?, O> definition;
  private final Waiting waiting;
  private final @Nullable CompletableFuture<RunEnd> run;

  /**
   * What a handle waits with.
   *
   * @param endings tells when a saga has ended
   * @param inFlight what runs here
   * @param starter has what is committed run here
   * @param codec reads the saga's result
   */
  record Waiting(Endings endings, InFlight inFlight, Starter starter, PayloadCodec codec) {}

  /**
   * A handle.
   *
   * @param id the saga
   * @param definition its definition
   * @param waiting what it waits with
   * @param run the end of the run its start launched, if it did
   */
  SagaTicket(
      SagaId id,
      SagaDefinition<?, O> definition,
      Waiting waiting,
      @Nullable CompletableFuture<RunEnd> run) {
    this.id = id;
    this.definition = definition;
    this.waiting = waiting;
    this.run = run;
  }

  @Override
  public SagaId id() {
    return id;
  }

  @Override
  public SagaEnd<O> await(Duration max) throws InterruptedException, TimeoutException {
    if (max.isZero() || max.isNegative()) {
      throw new IllegalArgumentException("max: " + max + " (expected: > 0)");
    }
    CompletableFuture<RunEnd.Halted> future = register(Endings.Patience.UNTIL_STUCK);
    try {
      return end(future.get(TimeUnit.NANOSECONDS.convert(max), TimeUnit.NANOSECONDS));
    } catch (TimeoutException e) {
      throw new TimeoutException("saga %s is still going after %s".formatted(id, max));
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } finally {
      waiting.endings().forget(id, future);
    }
  }

  @Override
  public CompletionStage<SagaEnd<O>> end() {
    return register(Endings.Patience.UNTIL_ENDED).thenApply(this::end);
  }

  /** Registers first and looks then, so that an end between the two is not missed. */
  private CompletableFuture<RunEnd.Halted> register(Endings.Patience patience) {
    CompletableFuture<RunEnd.Halted> future = waiting.endings().await(id, patience);
    var running = running();
    if (running.isPresent()) {
      // told through the endings, like everybody who waits
      var unused = running.get().thenAccept(this::tell);
    } else if (!waiting.endings().look(id)) {
      waiting.endings().forget(id, future);
      throw new IllegalSagaStateException(
          "saga %s does not exist (expected: await after the transaction it was started in has"
                  .formatted(id)
              + " committed)",
          definition.name(),
          id);
    } else {
      waiting.starter().committed(id);
    }
    return future;
  }

  /** The run that is to be waited for; one that has ended counts if it brought the saga's end. */
  private Optional<CompletableFuture<RunEnd>> running() {
    boolean counts = run != null && (!run.isDone() || isEnd(run.join()));
    return counts ? Optional.ofNullable(run) : waiting.inFlight().find(id);
  }

  private static boolean isEnd(RunEnd end) {
    return end instanceof RunEnd.Halted halted && halted.status().isEnd();
  }

  private void tell(RunEnd end) {
    if (end instanceof RunEnd.Halted halted) {
      waiting.endings().publish(id, halted);
    }
  }

  @SuppressWarnings("unchecked") // the codec reads the type the definition was declared with
  private SagaEnd<O> end(RunEnd.Halted halted) {
    SagaError error = Objects.requireNonNullElse(halted.error(), new SagaError(null, "", null));
    String step = Objects.requireNonNullElse(error.step(), "");
    return switch (halted.status()) {
      case COMPLETED -> {
        String output = halted.output();
        if (output == null) {
          throw erased();
        }
        yield new SagaEnd.Completed<>((O) waiting.codec().decode(output, definition.outputType()));
      }
      case COMPENSATED -> new SagaEnd.Compensated<>(step, error.text());
      case RESOLVED ->
          new SagaEnd.Resolved<>(Objects.requireNonNullElse(error.actor(), ""), error.text());
      case STUCK -> new SagaEnd.Stuck<>(step, error.text());
      case RUNNING, COMPENSATING ->
          throw new IllegalStateException("saga " + id + " has not ended: " + halted.status());
    };
  }

  private IllegalSagaStateException erased() {
    return new IllegalSagaStateException(
        "saga %s has completed and was erased: its result is there no more".formatted(id),
        definition.name(),
        id);
  }

  @Override
  public String toString() {
    return "saga " + definition.name() + " " + id;
  }
}
