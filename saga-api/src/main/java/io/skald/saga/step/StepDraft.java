package io.skald.saga.step;

import io.skald.saga.Done;
import io.skald.saga.TypeRef;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.Attempts;
import io.skald.saga.definition.Handler;
import io.skald.saga.definition.TaskPlan;
import io.skald.saga.definition.Work;
import io.skald.saga.internal.Check;
import io.skald.saga.internal.CheckReturnValue;
import java.lang.reflect.Type;
import java.util.Objects;

/**
 * A step that has a name and an input, and not yet any work. Immutable.
 *
 * <p>A handler is a lambda, a method reference, or the class of a bean that the engine looks up by
 * type when it starts. A result type is recorded and read again, so {@code Void}, and a generic
 * class without its arguments, is refused with an {@link IllegalArgumentException}: there are forms
 * without a result, and forms with a {@link TypeRef}.
 *
 * @param <I> the input of the step
 */
@CheckReturnValue
public final class StepDraft<I> {
  private final String name;

  /**
   * A draft; users write {@link io.skald.saga.Step#named}.
   *
   * @param name 1 to 100 characters of {@code [a-zA-Z0-9._-]}
   * @param input the type of the step's input
   */
  public StepDraft(String name, Class<I> input) {
    this.name = Check.name("step", name);
    Objects.requireNonNull(input, "input");
  }

  /** Work inside the step's own transaction, with a result. */
  public <R> LocalStep<I, R> local(Class<R> result, LocalAction<? super I, ? extends R> action) {
    return local(result, new Handler.Inline(action));
  }

  /** Work inside the step's own transaction, with a generic result. */
  public <R> LocalStep<I, R> local(TypeRef<R> result, LocalAction<? super I, ? extends R> action) {
    return local(result.type(), new Handler.Inline(action));
  }

  /** Work inside the step's own transaction, with a result, by a bean. */
  public <R> LocalStep<I, R> local(
      Class<R> result, Class<? extends LocalAction<? super I, ? extends R>> bean) {
    return local(result, new Handler.Bean(bean, null));
  }

  /** Work inside the step's own transaction, with a generic result, by a bean. */
  public <R> LocalStep<I, R> local(
      TypeRef<R> result, Class<? extends LocalAction<? super I, ? extends R>> bean) {
    return local(result.type(), new Handler.Bean(bean, null));
  }

  /** Work inside the step's own transaction that returns nothing. */
  public LocalStep<I, Done> local(LocalTask<? super I> task) {
    return local(Done.class, new Handler.Inline(task));
  }

  /** Work inside the step's own transaction that returns nothing, by a bean. */
  public LocalStep<I, Done> local(Class<? extends LocalTask<? super I>> bean) {
    return local(Done.class, new Handler.Bean(bean, null));
  }

  /** A call to a participant, outside any transaction, with a result. */
  public <R> RemoteStep<I, R> remote(Class<R> result, RemoteAction<? super I, ? extends R> action) {
    return remote(result, new Handler.Inline(action));
  }

  /** A call to a participant, outside any transaction, with a generic result. */
  public <R> RemoteStep<I, R> remote(
      TypeRef<R> result, RemoteAction<? super I, ? extends R> action) {
    return remote(result.type(), new Handler.Inline(action));
  }

  /** A call to a participant, outside any transaction, with a result, by a bean. */
  public <R> RemoteStep<I, R> remote(
      Class<R> result, Class<? extends RemoteAction<? super I, ? extends R>> bean) {
    return remote(result, new Handler.Bean(bean, null));
  }

  /** A call to a participant, outside any transaction, with a generic result, by a bean. */
  public <R> RemoteStep<I, R> remote(
      TypeRef<R> result, Class<? extends RemoteAction<? super I, ? extends R>> bean) {
    return remote(result.type(), new Handler.Bean(bean, null));
  }

  /** A call to a participant, outside any transaction, that returns nothing. */
  public RemoteStep<I, Done> remote(RemoteTask<? super I> task) {
    return remote(Done.class, new Handler.Inline(task));
  }

  /** A call to a participant, outside any transaction, that returns nothing, by a bean. */
  public RemoteStep<I, Done> remote(Class<? extends RemoteTask<? super I>> bean) {
    return remote(Done.class, new Handler.Bean(bean, null));
  }

  /**
   * A step whose action hands the work out, together with a token by which it is completed.
   *
   * @param result the type of the result it is completed with
   * @param action hands the work out
   */
  public <R> AsyncStep<I, R> async(Class<R> result, AsyncAction<? super I> action) {
    return async(result, new Handler.Inline(action));
  }

  /**
   * A step with a generic result whose action hands the work out, together with a token by which it
   * is completed.
   *
   * @param result the type of the result it is completed with
   * @param action hands the work out
   */
  public <R> AsyncStep<I, R> async(TypeRef<R> result, AsyncAction<? super I> action) {
    return async(result.type(), new Handler.Inline(action));
  }

  /**
   * A step whose action, a bean, hands the work out, together with a token by which it is
   * completed.
   *
   * @param result the type of the result it is completed with
   * @param bean the type of the bean
   */
  public <R> AsyncStep<I, R> async(Class<R> result, Class<? extends AsyncAction<? super I>> bean) {
    return async(result, new Handler.Bean(bean, null));
  }

  /**
   * Begins a TCC step with its try: a remote action that reserves, to be confirmed once the pivot
   * has succeeded, or cancelled. A TCC step stands before the pivot.
   *
   * @param result the type of the try's result
   * @param action the try
   */
  public <R> TccDraft<I, R> tryRemote(
      Class<R> result, RemoteAction<? super I, ? extends R> action) {
    return new TccDraft<>(remote(result, new Handler.Inline(action)).plan());
  }

  /**
   * Begins a TCC step whose try has a generic result, see {@link #tryRemote(Class, RemoteAction)}.
   *
   * @param result the type of the try's result
   * @param action the try
   */
  public <R> TccDraft<I, R> tryRemote(
      TypeRef<R> result, RemoteAction<? super I, ? extends R> action) {
    return new TccDraft<>(remote(result.type(), new Handler.Inline(action)).plan());
  }

  /**
   * Begins a TCC step whose try is a bean, see {@link #tryRemote(Class, RemoteAction)}.
   *
   * @param result the type of the try's result
   * @param bean the type of the bean
   */
  public <R> TccDraft<I, R> tryRemote(
      Class<R> result, Class<? extends RemoteAction<? super I, ? extends R>> bean) {
    return new TccDraft<>(remote(result, new Handler.Bean(bean, null)).plan());
  }

  private <R> AsyncStep<I, R> async(Type result, Handler handler) {
    Check.recorded(Check.ofStep(name, "result"), result);
    var action =
        new ActionPlan.Async(
            new Work(handler, null), Attempts.defaults(), null, AsyncStep.WITHIN, null);
    return new AsyncStep<>(TaskPlan.of(name, result, action));
  }

  private <R> LocalStep<I, R> local(Type result, Handler handler) {
    Check.recorded(Check.ofStep(name, "result"), result);
    var action = new ActionPlan.Local(new Work(handler, null), Attempts.defaults());
    return new LocalStep<>(TaskPlan.of(name, result, action));
  }

  private <R> RemoteStep<I, R> remote(Type result, Handler handler) {
    Check.recorded(Check.ofStep(name, "result"), result);
    var action =
        new ActionPlan.Remote(
            new Work(handler, null),
            Attempts.defaults(),
            null,
            null,
            ActionPlan.Frequency.AT_LEAST_ONCE);
    return new RemoteStep<>(TaskPlan.of(name, result, action));
  }
}
