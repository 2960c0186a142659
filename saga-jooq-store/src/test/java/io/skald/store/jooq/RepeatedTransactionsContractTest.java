package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.SagaStore;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The contract, while every call meets a conflict once: whatever transaction the database refuses
 * is repeated as a whole, and the caller knows nothing of it. A caller's own transaction is not the
 * store's to repeat.
 */
@ParameterizedClass(name = "at statement {0} of each call")
@ValueSource(ints = {1, 2})
class RepeatedTransactionsContractTest extends PostgresContract {
  private static int struck;

  private final Calls calls;

  RepeatedTransactionsContractTest(int statement) {
    this.calls = new Calls(statement);
  }

  @Override
  SagaStore storeOn(TestDatabase migrated) {
    return calls.over(migrated);
  }

  @Override
  protected void close() {
    super.close();
    struck += calls.pool.struck();
  }

  @AfterParameterizedClassInvocation
  static void conflictsWereMet() {
    assertThat(struck).isPositive();
    struck = 0;
  }

  /** The calls of a store, each of which meets a conflict at the same statement. */
  private static final class Calls {
    private final int statement;
    private final ThreadLocal<Integer> left = ThreadLocal.withInitial(() -> 0);
    private final ConflictingPool pool = new ConflictingPool(this::isNext);

    Calls(int statement) {
      this.statement = statement;
    }

    private boolean isNext() {
      left.set(left.get() - 1);
      return left.get() == 0;
    }

    SagaStore over(TestDatabase database) {
      SagaStore store = database.store(pool.over(database.pool()));
      return (SagaStore)
          Proxy.newProxyInstance(
              SagaStore.class.getClassLoader(),
              new Class<?>[] {SagaStore.class},
              (proxy, method, values) -> called(store, method, values));
    }

    private @Nullable Object called(
        SagaStore store, Method method, @Nullable Object @Nullable [] values) throws Throwable {
      int before = left.get();
      left.set(isJoining(method) ? 0 : statement);
      try {
        return Delegated.to(store, method, values);
      } finally {
        left.set(before);
      }
    }

    private static boolean isJoining(Method method) {
      return Arrays.asList(method.getParameterTypes()).contains(Connection.class);
    }
  }
}
