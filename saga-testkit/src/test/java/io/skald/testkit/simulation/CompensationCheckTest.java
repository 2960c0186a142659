package io.skald.testkit.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.Done;
import io.skald.saga.Outcome;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.Call;
import io.skald.saga.step.CompensationCall;
import io.skald.testkit.InMemoryTables;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a user's handlers may get wrong, and what the check says of it. */
class CompensationCheckTest {
  private static final Retry BRISK =
      Retry.exponential(Duration.ofMillis(100)).delayMax(Duration.ofSeconds(1)).attemptsMax(3);

  /** A warehouse that does everything right; each of its subclasses gets one thing wrong. */
  private static class Warehouse {
    final Map<String, Integer> levels = new HashMap<>();
    final Set<String> reserved = new HashSet<>();
    final Set<String> released = new HashSet<>();

    void reset() {
      levels.clear();
      levels.put("widget", 10);
      reserved.clear();
      released.clear();
    }

    void reserve(Call call) {
      if (released.contains(call.idempotencyKey())) {
        throw new PermanentFailure("released already");
      }
      if (reserved.add(call.idempotencyKey())) {
        levels.merge("widget", -1, Integer::sum);
      }
    }

    void release(CompensationCall call) {
      boolean isFirst = released.add(call.actionKey());
      if (isFirst && reserved.contains(call.actionKey())) {
        levels.merge("widget", 1, Integer::sum);
      }
    }
  }

  /** An order is inserted and reserved, and shipped, which cannot be undone. */
  private static SagaDefinition<String, Done> orders(Warehouse warehouse, String orderUndone) {
    var insert =
        Step.named("insert-order", String.class)
            .local((id, tx) -> tx.unwrap(InMemoryTables.class).put("orders", id, "new"))
            .compensation(
                (id, done, tx) -> {
                  InMemoryTables tables = tx.unwrap(InMemoryTables.class);
                  if (orderUndone.isEmpty()) {
                    tables.remove("orders", id);
                  } else {
                    tables.put("orders", id, orderUndone);
                  }
                });
    var reserve =
        Step.named("reserve-stock", String.class)
            .remote((id, call) -> warehouse.reserve(call))
            .retry(BRISK)
            .compensation((id, done, call) -> warehouse.release(call));
    var ship =
        Step.named("ship", String.class)
            .remote((id, call) -> {})
            .retry(Retry.never())
            .verify((id, call) -> Outcome.unknown());
    return Saga.define("order", String.class)
        .key(id -> id)
        .step(insert)
        .step(reserve)
        .pivot(ship)
        .build();
  }

  private static CompensationCheck check(Warehouse warehouse) {
    return check(warehouse, orders(warehouse, ""));
  }

  private static CompensationCheck check(Warehouse warehouse, SagaDefinition<String, Done> orders) {
    return CompensationCheck.of(SagaSimulator.of(orders, "o-1").beforeEach(warehouse::reset))
        .watching("stock", () -> warehouse.levels)
        .watchingTable("orders");
  }

  @Test
  void passesHandlersThatUndoWhatTheyDo() {
    CompensationReport report = check(new Warehouse()).run();

    assertThat(report.runs()).isGreaterThan(10);
    assertThat(report.stuck()).isPositive();
  }

  @Test
  void showsARowThatStays() {
    var warehouse = new Warehouse();

    assertThatThrownBy(() -> check(warehouse, orders(warehouse, "cancelled")).run())
        .isInstanceOf(SimulationFailure.class)
        .hasMessageContaining("cancelled before ")
        .hasMessageContaining("orders o-1: cancelled (expected: not there)");
  }

  @Test
  void findsACompensationThatCountsTwice() {
    var warehouse =
        new Warehouse() {
          @Override
          void release(CompensationCall call) {
            released.add(call.actionKey());
            if (reserved.contains(call.actionKey())) {
              levels.merge("widget", 1, Integer::sum);
            }
          }
        };

    assertThatThrownBy(() -> check(warehouse).run())
        .hasMessageContaining("made twice: o-1: compensation of reserve-stock")
        .hasMessageContaining("stock widget: 11 (expected: 10)");
  }

  @Test
  void findsACompensationThatUndoesWhatWasNeverDone() {
    var warehouse =
        new Warehouse() {
          @Override
          void release(CompensationCall call) {
            if (released.add(call.actionKey())) {
              levels.merge("widget", 1, Integer::sum);
            }
          }
        };

    assertThatThrownBy(() -> check(warehouse).run())
        .hasMessageContaining("cancelled, lost: o-1: action of reserve-stock")
        .hasMessageContaining("stock widget: 11 (expected: 10)");
  }

  @Test
  void findsACompensationThatFailsWhereThereIsNothingToUndo() {
    var warehouse =
        new Warehouse() {
          @Override
          void release(CompensationCall call) {
            if (!reserved.contains(call.actionKey())) {
              throw new PermanentFailure("no such reservation");
            }
            super.release(call);
          }
        };

    assertThatThrownBy(() -> check(warehouse).run())
        .hasMessageContaining("cancelled, lost: o-1: action of reserve-stock")
        .hasMessageContaining("the compensation of reserve-stock failed: ")
        .hasMessageContaining("no such reservation");
  }

  @Test
  void findsAnActionThatTakesEffectAfterItsCompensation() {
    var warehouse =
        new Warehouse() {
          @Override
          void reserve(Call call) {
            if (reserved.add(call.idempotencyKey())) {
              levels.merge("widget", -1, Integer::sum);
            }
          }
        };

    assertThatThrownBy(() -> check(warehouse).run())
        .hasMessageContaining("cancelled, arrives late: o-1: action of reserve-stock")
        .hasMessageContaining("stock widget: 9 (expected: 10)");
  }

  @Test
  void findsAnActionThatCountsTwice() {
    var warehouse =
        new Warehouse() {
          @Override
          void reserve(Call call) {
            if (released.contains(call.idempotencyKey())) {
              throw new PermanentFailure("released already");
            }
            reserved.add(call.idempotencyKey());
            levels.merge("widget", -1, Integer::sum);
          }
        };

    assertThatThrownBy(() -> check(warehouse).run())
        .hasMessageContaining("made twice: o-1: action of reserve-stock")
        .hasMessageContaining("stock widget: 8 (expected: 9)");
  }

  @Test
  void saysHowManyRunsWereWrongAndShowsTheFirst() {
    var warehouse =
        new Warehouse() {
          @Override
          void release(CompensationCall call) {}
        };

    assertThatThrownBy(() -> check(warehouse).run())
        .hasMessageMatching("(?s)\\d+ of \\d+ runs did not leave what they should.*")
        .hasMessageContaining("the first of them: seed 0, faults ")
        .hasMessageContaining("schedule:");
  }

  @Test
  void comparesCollectionsByHowOftenEachIsThere() {
    var warehouse = new Warehouse();
    var check =
        CompensationCheck.of(
                SagaSimulator.of(orders(warehouse, ""), "o-1").beforeEach(warehouse::reset))
            .watching("released", () -> List.copyOf(warehouse.released));

    assertThatThrownBy(check::run)
        .hasMessageMatching(
            "(?s).*released \\S+:reserve-stock:action: 1 \\(expected: not there\\).*");
  }

  @Test
  void refusesToRunWhereNothingIsWatched() {
    var check = CompensationCheck.of(orders(new Warehouse(), ""), "o-1");

    assertThatThrownBy(check::run)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("nothing is watched (expected: watching(..) before run())");
  }
}
