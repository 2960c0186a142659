package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.spi.SagaStore;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * The contract, while every call meets two conflicts: at its first statement, and when it is
 * repeated at its second. Whatever transaction the database refuses is repeated as a whole, and the
 * caller knows nothing of it. A caller's own transaction is not the store's to repeat.
 */
// one test after another; other classes beside them
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("RepeatedTransactionsContractTest")
class RepeatedTransactionsContractTest extends PostgresContract {
  private static int struck;

  private final Calls calls = new Calls();

  @Override
  SagaStore storeOn(TestDatabase migrated) {
    return calls.over(migrated);
  }

  @Override
  protected void close() {
    super.close();
    struck += calls.pool.struck();
  }

  @AfterAll
  static void conflictsWereMet() {
    assertThat(struck).isPositive();
  }

  /** The calls of a store, each of which meets conflicts at the same statements. */
  private static final class Calls {
    /** At which statement from here the next conflict is met, and from there the one after. */
    private static final List<Integer> CONFLICTS = List.of(1, 2);

    private final ThreadLocal<List<Integer>> ahead = ThreadLocal.withInitial(List::of);
    private final ConflictingPool pool = new ConflictingPool(this::isNext);

    private boolean isNext() {
      List<Integer> conflicts = ahead.get();
      if (conflicts.isEmpty()) {
        return false;
      }
      int left = conflicts.getFirst() - 1;
      var next = new ArrayList<>(conflicts.subList(1, conflicts.size()));
      if (left > 0) {
        next.addFirst(left);
      }
      ahead.set(next);
      return left == 0;
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
      List<Integer> before = ahead.get();
      ahead.set(isJoining(method) ? List.of() : CONFLICTS);
      try {
        return Delegated.to(store, method, values);
      } finally {
        ahead.set(before);
      }
    }

    private static boolean isJoining(Method method) {
      return Arrays.asList(method.getParameterTypes()).contains(Connection.class);
    }
  }
}
