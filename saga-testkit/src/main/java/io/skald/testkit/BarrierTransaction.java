package io.skald.testkit;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import org.jspecify.annotations.Nullable;

/** The transactions of one connection to an {@link InMemoryBarrier}, one after the other. */
final class BarrierTransaction implements InvocationHandler {
  private final InMemoryBarrier barrier;
  private boolean isSpoilt;
  private boolean isClosed;

  /** How a transaction ends. */
  enum End {
    COMMIT,
    ROLLBACK
  }

  BarrierTransaction(InMemoryBarrier barrier) {
    this.barrier = barrier;
  }

  /** What the participant sees. */
  Connection connection() {
    Class<?>[] types = {Connection.class};
    return (Connection)
        Proxy.newProxyInstance(BarrierTransaction.class.getClassLoader(), types, this);
  }

  boolean isOf(InMemoryBarrier other) {
    return barrier == other && !isClosed;
  }

  /** Has the next commit roll back, and say nothing of it, as PostgreSQL and its driver do. */
  void spoil() {
    isSpoilt = true;
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    Object first = arguments == null ? null : arguments[0];
    return switch (method.getName()) {
      case "commit" -> end(isSpoilt ? End.ROLLBACK : End.COMMIT);
      case "rollback" -> end(End.ROLLBACK);
      case "close" -> close();
      case "isClosed" -> isClosed;
      case "getAutoCommit" -> false;
      case "isWrapperFor" -> first == BarrierTransaction.class;
      case "unwrap" -> this;
      case "equals" -> proxy == first;
      case "hashCode" -> System.identityHashCode(proxy);
      case "toString" -> "a connection of the in-memory barrier";
      default ->
          throw new UnsupportedOperationException(
              method.getName()
                  + ": the in-memory barrier has no database behind it (expected: commit, rollback"
                  + " or close; tables of your own that are fakes)");
    };
  }

  private @Nullable Object close() {
    isClosed = true;
    return end(End.ROLLBACK);
  }

  private @Nullable Object end(End end) {
    isSpoilt = false;
    barrier.end(this, end);
    return null;
  }
}
