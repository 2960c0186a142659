package io.skald.chaos;

import io.skald.saga.Done;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A saga of local and remote steps, each compensated, of which every seventh is refused at its end;
 * and the participant it calls, which keeps a list of its own.
 */
final class BenchSagas {
  private static final int REFUSED_EACH = 7;
  private final Set<String> calls = ConcurrentHashMap.newKeySet();
  private final Set<String> standing = ConcurrentHashMap.newKeySet();
  private final List<String> repeated = new CopyOnWriteArrayList<>();
  final SagaDefinition<Errand, Done> saga;

  /** The input, whose number is its key. */
  record Errand(int number) {
    boolean isRefused() {
      return number % REFUSED_EACH == 0;
    }
  }

  BenchSagas(Bench bench) {
    var first =
        Step.named("local-first", Errand.class)
            .local((errand, tx) -> bench.effect(tx, "local-first", "ACTION"))
            .retry(quick())
            .compensation((errand, done, tx) -> bench.effect(tx, "local-first", "COMPENSATION"));
    var reserve =
        Step.named("reserve", Errand.class)
            .remote(
                (errand, call) -> {
                  called(call.idempotencyKey(), call.attempt());
                  standing.add(call.idempotencyKey());
                })
            .retry(quick())
            .compensation(
                (errand, done, call) -> {
                  called(call.compensationKey(), call.attempt());
                  standing.remove(call.actionKey());
                });
    var second =
        Step.named("local-second", Errand.class)
            .local((errand, tx) -> bench.effect(tx, "local-second", "ACTION"))
            .retry(quick())
            .compensation((errand, done, tx) -> bench.effect(tx, "local-second", "COMPENSATION"));
    var last =
        Step.named("local-last", Errand.class)
            .local(
                (errand, tx) -> {
                  bench.effect(tx, "local-last", "ACTION");
                  if (errand.isRefused()) {
                    throw new PermanentFailure("every seventh is refused");
                  }
                })
            .retry(quick())
            .needsNoCompensation();
    this.saga =
        Saga.define("errand", Errand.class)
            .key(errand -> "errand-" + errand.number())
            .step(first)
            .step(reserve)
            .step(second)
            .step(last)
            .build();
  }

  /** As many attempts as a fault takes: how an errand ends must not depend on it. */
  private static Retry quick() {
    return Retry.exponential(Duration.ofMillis(20))
        .delayMax(Duration.ofMillis(200))
        .attemptsMax(60);
  }

  private void called(String key, int attempt) {
    if (!calls.add(key + " " + attempt)) {
      repeated.add(key + " " + attempt);
    }
  }

  /** How many calls arrived, each attempt once. */
  int calls() {
    return calls.size();
  }

  /** What is wrong about {@code number} errands, all of which have come to rest. */
  List<String> violations(Bench bench, int number) {
    var wrong = new ArrayList<String>(bench.differences());
    repeated.forEach(call -> wrong.add("one attempt called twice: " + call));
    bench
        .rows(
            """
            select 'not as it should have ended: ' || business_key || ' ' || status || ' '
              || coalesce(error, '')
            from %s.saga
            where status <> case substr(business_key, 8)::int % 7
              when 0 then 'COMPENSATED'
              else 'COMPLETED' end
            """)
        .forEach(row -> wrong.add(row.getFirst()));
    long sagas = bench.count("select count(*) from %s.saga");
    if (sagas != number) {
      wrong.add("%d sagas (expected: %d)".formatted(sagas, number));
    }
    long completed = bench.count("select count(*) from %s.saga where status = 'COMPLETED'");
    if (standing.size() != completed) {
      wrong.add("%d stand at the participant, %d completed".formatted(standing.size(), completed));
    }
    return wrong;
  }
}
