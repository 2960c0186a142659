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
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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
          "admit",
          "giveBack",
          "amend",
          "erase",
          "load",
          "rows",
          "find",
          "findByKey",
          "search",
          "children");

  /** Calls that are made all the time, and are for a saga if they find something. */
  static final Set<String> LOOKING = Set.of("poll", "claim", "claimUrgent");

  /** Calls of a node's own, at times of its own: lost with the node alone. */
  static final Set<String> OF_THE_NODE =
      Set.of(
          "join",
          "heartbeat",
          "leave",
          "release",
          "owned",
          "permits",
          "wakeWaiters",
          "unclaimed",
          "orphanedDefinitions",
          "wakeLockWaiters",
          "freeLostLocks",
          "unknownStatuses",
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
  private final String name;
  private final int nth;
  private final Map<String, Integer> calls = new ConcurrentHashMap<>();
  private volatile boolean isMet;

  /** One that loses the nth call of that name; counted from 1, and 0 for none. */
  LosableStore(SagaStore store, Loss loss, String name, int nth) {
    this.store = store;
    this.loss = loss;
    this.name = name;
    this.nth = nth;
  }

  SagaStore asStore() {
    return (SagaStore)
        Proxy.newProxyInstance(
            SagaStore.class.getClassLoader(), new Class<?>[] {SagaStore.class}, this);
  }

  /** How often each call was made for a saga. */
  Map<String, Integer> calls() {
    return Map.copyOf(calls);
  }

  /** Whether the call was made, and lost. */
  boolean isMet() {
    return isMet;
  }

  boolean isNodeLost() {
    return isMet && loss.isOfNode();
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object[] args) throws Throwable {
    String call = method.getName();
    if (isNodeLost() && !call.equals("release")) {
      return lost(call);
    }
    if (LOOKING.contains(call)) {
      Object answer = call(method, args);
      return hasFoundSomething(answer) && isTheOne(call) ? lost(call) : answer;
    }
    if (!FOR_A_SAGA.contains(call) || !isTheOne(call)) {
      return call(method, args);
    }
    if (loss == Loss.ANSWER || loss == Loss.NODE_AFTER) {
      var unused = call(method, args);
    }
    return lost(call);
  }

  private static boolean hasFoundSomething(@Nullable Object answer) {
    return answer instanceof Poll(int routed, boolean due, boolean urgent)
        ? routed > 0 || due
        : answer instanceof Collection<?> claims && !claims.isEmpty();
  }

  private boolean isTheOne(String call) {
    boolean isTheOne = calls.merge(call, 1, Integer::sum) == nth && call.equals(name);
    if (isTheOne) {
      isMet = true;
    }
    return isTheOne;
  }

  private Object lost(String call) {
    var cause =
        new SagaStoreException("the connection is cut", SagaStoreException.Kind.TRANSIENT, null);
    if (loss.isOfNode()) {
      // a thread of a lost node goes no further: it leaves where it would wait for the store
      Thread.currentThread().interrupt();
    }
    if (call.equals("runLocal")) {
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
