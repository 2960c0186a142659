package io.skald.store.jooq;

import io.skald.engine.spi.Claim;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.SagaId;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A store that remembers what one node has asked of it. Safe for use by several threads. */
final class WatchedStore implements InvocationHandler {
  private final SagaStore store;
  private final Map<String, Integer> calls = new ConcurrentHashMap<>();
  private final Map<String, Integer> answered = new ConcurrentHashMap<>();
  private final Map<SagaId, Claimed> claimed = new ConcurrentHashMap<>();

  /** When a saga was claimed: after how many polls, and at what time of this JVM's. */
  record Claimed(int polls, long nanoTime) {}

  WatchedStore(SagaStore store) {
    this.store = store;
  }

  SagaStore asStore() {
    return (SagaStore)
        Proxy.newProxyInstance(
            SagaStore.class.getClassLoader(), new Class<?>[] {SagaStore.class}, this);
  }

  /** How often each method was called. */
  Map<String, Integer> calls() {
    return Map.copyOf(calls);
  }

  int polls() {
    return calls.getOrDefault("poll", 0);
  }

  int answeredPolls() {
    return answered("poll");
  }

  /** How often that method was called, and has answered. */
  int answered(String method) {
    return answered.getOrDefault(method, 0);
  }

  /** When the saga was claimed last, if it was. */
  @Nullable Claimed claimed(SagaId saga) {
    return claimed.get(saga);
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object[] args) throws Throwable {
    String name = method.getName();
    calls.merge(name, 1, Integer::sum);
    Object answer = Delegated.to(store, method, args);
    answered.merge(name, 1, Integer::sum);
    if (name.startsWith("claim") && answer instanceof Collection<?> claims) {
      for (Object claim : claims) {
        claimed.put(
            ((Claim) claim).snapshot().saga().id(), new Claimed(polls(), System.nanoTime()));
      }
    }
    return answer;
  }
}
