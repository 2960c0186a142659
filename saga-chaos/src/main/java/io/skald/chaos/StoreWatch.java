package io.skald.chaos;

import io.skald.engine.spi.Claim;
import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.error.SagaStoreException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A store as it is, that tells how often a node took sagas over, was in doubt, and settled. */
final class StoreWatch implements InvocationHandler {
  static final String TAKEN_OVER = "taken-over";
  static final String LOCAL_IN_DOUBT = "local-in-doubt";
  static final String WRITE_IN_DOUBT = "write-in-doubt";
  static final String SETTLED = "settled";

  private static final Set<String> WRITES = Set.of("write", "writeTogether", "start");

  private final SagaStore store;
  private final BiConsumer<String, Long> listener;

  private StoreWatch(SagaStore store, BiConsumer<String, Long> listener) {
    this.store = store;
    this.listener = listener;
  }

  static SagaStore of(SagaStore store, BiConsumer<String, Long> listener) {
    return (SagaStore)
        Proxy.newProxyInstance(
            SagaStore.class.getClassLoader(),
            new Class<?>[] {SagaStore.class},
            new StoreWatch(store, listener));
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    try {
      Object answer = method.invoke(store, arguments);
      tellOf(method.getName(), answer);
      return answer;
    } catch (InvocationTargetException e) {
      Throwable cause = e.getCause();
      if (cause instanceof SagaStoreException && WRITES.contains(method.getName())) {
        listener.accept(WRITE_IN_DOUBT, 1L);
      }
      throw cause == null ? e : cause;
    }
  }

  private void tellOf(String method, @Nullable Object answer) {
    if (method.equals("settle")) {
      listener.accept(SETTLED, 1L);
    } else if (answer instanceof LocalOutcome.InDoubt) {
      listener.accept(LOCAL_IN_DOUBT, 1L);
    } else if (method.startsWith("claim") && answer instanceof List<?> claims) {
      long dead =
          claims.stream()
              .filter(one -> one instanceof Claim claim && claim.deadOwner() != null)
              .count();
      if (dead > 0) {
        listener.accept(TAKEN_OVER, dead);
      }
    }
  }
}
