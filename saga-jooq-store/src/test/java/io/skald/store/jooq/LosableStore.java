package io.skald.store.jooq;

import io.skald.engine.spi.LocalOutcome;
import io.skald.engine.spi.Poll;
import io.skald.engine.spi.SagaStore;
import io.skald.saga.error.SagaStoreException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A store as one node reaches it, until one of its calls for a saga is lost. Safe for use by
 * several threads.
 */
final class LosableStore implements InvocationHandler {
  /** Calls for a saga: it makes them as often whenever it is run. */
  static final Set<String> FOR_A_SAGA =
      Set.of(
          "start",
          "startTogether",
          "write",
          "writeTogether",
          "runLocal",
          "settle",
          "acquireLocks",
          "signal",
          "signals",
          "pendingSignal",
          "addressee",
          "amend",
          "erase",
          "load",
          "rows",
          "find",
          "findByKey",
          "search",
          "children");

  /** Calls that are made all the time, and are for a saga if they find something. */
  static final Set<String> LOOKING = Set.of("poll", "claim");

  /** Calls of a node's own, at times of its own: lost with the node alone. */
  static final Set<String> OF_THE_NODE =
      Set.of(
          "join",
          "heartbeat",
          "leave",
          "release",
          "owned",
          "unclaimed",
          "orphanedDefinitions",
          "wakeLockWaiters",
          "freeLostLocks",
          "relocate",
          "restTimes",
          "standings",
          "unfinished",
          "purge",
          "purgeSignals",
          "tableFacts");

  /** What is lost. */
  enum Loss {
    /** The call, before it was made. */
    CALL,
    /** The answer of the call. */
    ANSWER,
    /** The node, before it made the call. */
    NODE_BEFORE,
    /** The node, after it made the call. */
    NODE_AFTER;

    boolean isOfNode() {
      return this == NODE_BEFORE || this == NODE_AFTER;
    }
  }

  private final SagaStore store;
  private final Loss loss;
  private final int at;
  private final AtomicInteger calls = new AtomicInteger();
  private volatile @Nullable String met;

  /** One that loses the call of that number; counted from 1. */
  LosableStore(SagaStore store, Loss loss, int at) {
    this.store = store;
    this.loss = loss;
    this.at = at;
  }

  SagaStore asStore() {
    return (SagaStore)
        Proxy.newProxyInstance(
            SagaStore.class.getClassLoader(), new Class<?>[] {SagaStore.class}, this);
  }

  /** The call that was lost; null if none was made of that number. */
  @Nullable String met() {
    return met;
  }

  boolean isNodeLost() {
    return met != null && loss.isOfNode();
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object[] args) throws Throwable {
    String name = method.getName();
    if (isNodeLost() && !name.equals("release")) {
      return lost(name);
    }
    if (LOOKING.contains(name)) {
      Object answer = call(method, args);
      return hasFoundSomething(answer) && isTheOne(name) ? lost(name) : answer;
    }
    if (!FOR_A_SAGA.contains(name) || !isTheOne(name)) {
      return call(method, args);
    }
    if (loss == Loss.ANSWER || loss == Loss.NODE_AFTER) {
      var unused = call(method, args);
    }
    return lost(name);
  }

  private static boolean hasFoundSomething(@Nullable Object answer) {
    return answer instanceof Poll(int routed, boolean due)
        ? routed > 0 || due
        : answer instanceof Collection<?> claims && !claims.isEmpty();
  }

  private boolean isTheOne(String name) {
    boolean isTheOne = calls.incrementAndGet() == at;
    if (isTheOne) {
      met = name;
    }
    return isTheOne;
  }

  private Object lost(String name) {
    var cause =
        new SagaStoreException("the connection is cut", SagaStoreException.Kind.TRANSIENT, null);
    if (loss.isOfNode()) {
      // a thread of a lost node goes no further: it leaves where it would wait for the store
      Thread.currentThread().interrupt();
    }
    if (name.equals("runLocal")) {
      return new LocalOutcome.InDoubt(cause);
    }
    throw cause;
  }

  private @Nullable Object call(Method method, Object[] args) throws Throwable {
    try {
      return method.invoke(store, args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
