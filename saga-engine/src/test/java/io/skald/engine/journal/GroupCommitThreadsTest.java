package io.skald.engine.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.engine.Rounds;
import io.skald.saga.error.SagaStoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The lead of a group commit goes from caller to caller, and no request is lost on its way. */
class GroupCommitThreadsTest {
  private static final int BATCH_MAX = 3;

  @Test
  void everyRequestIsInOneBatchAndAnsweredWhoeverLeads() {
    Rounds.play(random -> new Requests(random, 0, 0));
  }

  @Test
  void aBatchThatFailsFailsItsOwnAndARefusalNobodyElse() {
    Rounds.play(random -> new Requests(random, 0.15, 0));
  }

  @Test
  void anInterruptionLosesNoRequestAndIsNotLost() {
    Rounds.play(random -> new Requests(random, 0.05, 3));
  }

  /** What one batch came to. */
  private record Batch(List<String> requests, SagaStoreException.Kind failure) {}

  /** Callers who submit a few requests each, and what the store has seen of them. */
  private static final class Requests implements Rounds.Round {
    private final List<List<String>> callers = new ArrayList<>();
    private final Set<String> refused = new HashSet<>();
    private final Set<String> down = new HashSet<>();
    private final int interruptions;
    private final GroupCommit<String, String> group;
    private final Map<Integer, Thread> threads = new ConcurrentHashMap<>();
    private final Queue<Batch> batches = new ConcurrentLinkedQueue<>();
    private final Map<String, Object> answers = new ConcurrentHashMap<>();
    private final AtomicInteger committing = new AtomicInteger();
    private final Queue<String> faults = new ConcurrentLinkedQueue<>();

    Requests(Random random, double failing, int interruptions) {
      this.interruptions = interruptions;
      for (int caller = 0; caller < 3; caller++) {
        int name = caller;
        callers.add(
            IntStream.rangeClosed(1, 1 + random.nextInt(3)).mapToObj(n -> name + "-" + n).toList());
      }
      for (String request : callers.stream().flatMap(List::stream).toList()) {
        if (random.nextDouble() < failing) {
          (random.nextBoolean() ? refused : down).add(request);
        }
      }
      // the longest a leader waits for others, so that some do and some do not
      Duration patience = Duration.ofNanos(random.nextInt(4) * 20_000L);
      this.group = new GroupCommit<>(BATCH_MAX, patience, this::commit, System::nanoTime);
    }

    @Override
    public List<Runnable> actors() {
      List<Runnable> actors = new ArrayList<>();
      for (int i = 0; i < callers.size(); i++) {
        int caller = i;
        actors.add(() -> submitAll(caller));
      }
      if (interruptions > 0) {
        actors.add(this::interrupt);
      }
      return actors;
    }

    private void submitAll(int caller) {
      threads.put(caller, Thread.currentThread());
      for (String request : callers.get(caller)) {
        try {
          answers.put(request, group.submit(request));
        } catch (SagaStoreException e) {
          answers.put(request, e.kind());
        }
      }
      // none comes once this is said
      if (threads.remove(caller) == null && !Thread.interrupted()) {
        faults.add("an interruption was swallowed");
      }
    }

    private void interrupt() {
      for (int i = 0; i < interruptions; i++) {
        threads.computeIfPresent(
            i % callers.size(),
            (caller, thread) -> {
              thread.interrupt();
              return null;
            });
        Thread.yield();
      }
    }

    private List<String> commit(List<String> batch) {
      if (committing.incrementAndGet() > 1) {
        faults.add("two batches at once");
      }
      SagaStoreException.Kind failure = failureOf(batch);
      batches.add(new Batch(batch, failure));
      committing.decrementAndGet();
      if (failure != null) {
        throw new SagaStoreException("failed", failure, null);
      }
      return batch.stream().map(request -> request + "!").toList();
    }

    private SagaStoreException.Kind failureOf(List<String> batch) {
      if (batch.stream().anyMatch(down::contains)) {
        return SagaStoreException.Kind.TRANSIENT;
      }
      return batch.stream().anyMatch(refused::contains) ? SagaStoreException.Kind.PERMANENT : null;
    }

    @Override
    public void check() {
      Map<String, Integer> committed = new HashMap<>();
      Map<String, SagaStoreException.Kind> failed = new HashMap<>();
      for (Batch batch : batches) {
        assertThat(batch.requests()).hasSizeBetween(1, BATCH_MAX);
        for (String request : batch.requests()) {
          if (batch.failure() == null) {
            committed.merge(request, 1, Integer::sum);
          } else {
            failed.put(request, batch.failure());
          }
        }
      }
      assertThat(faults).isEmpty();
      assertThat(group.gathered()).isZero();
      assertThat(committed.values()).allMatch(times -> times == 1);
      for (String request : callers.stream().flatMap(List::stream).toList()) {
        Object expected = committed.containsKey(request) ? request + "!" : failed.get(request);
        assertThat(answers.get(request)).as(request).isNotNull().isEqualTo(expected);
      }
      assertThat(answers)
          .as("refused for another's sake")
          .allSatisfy(
              (request, answer) -> {
                if (answer == SagaStoreException.Kind.PERMANENT) {
                  assertThat(refused).contains(request);
                }
              });
    }
  }
}
