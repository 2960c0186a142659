package io.skald.messaging;

import io.skald.engine.spi.OutboxStore;
import io.skald.saga.error.SagaStoreException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/** A store that, as long as it is told to, cannot be reached by some of its calls, or by any. */
final class DyingStore {
  private DyingStore() {}

  static OutboxStore of(OutboxStore store, AtomicBoolean dead, List<String> calls) {
    return of(
        store,
        dead,
        calls,
        () -> new SagaStoreException("unreachable", SagaStoreException.Kind.TRANSIENT, null));
  }

  static OutboxStore of(
      OutboxStore store,
      AtomicBoolean dead,
      List<String> calls,
      Supplier<? extends Throwable> failure) {
    return (OutboxStore)
        Proxy.newProxyInstance(
            OutboxStore.class.getClassLoader(),
            new Class<?>[] {OutboxStore.class},
            (proxy, method, arguments) -> {
              if (dead.get() && (calls.isEmpty() || calls.contains(method.getName()))) {
                throw failure.get();
              }
              try {
                return method.invoke(store, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
