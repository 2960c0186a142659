package io.skald.engine.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.skald.saga.error.SagaStoreException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GroupCommitTest {
  private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
  private final List<List<String>> committed = new CopyOnWriteArrayList<>();
  private final AtomicLong nanos = new AtomicLong();
  private final AtomicInteger interruptedCommits = new AtomicInteger();
  private volatile CompletableFuture<Void> database = CompletableFuture.completedFuture(null);

  private final GroupCommit<String, String> group =
      new GroupCommit<>(4, Duration.ofMinutes(1), this::commit, nanos::get);

  private List<String> commit(List<String> batch) {
    committed.add(List.copyOf(batch));
    if (Thread.currentThread().isInterrupted()) {
      interruptedCommits.incrementAndGet();
    }
    database.join();
    if (batch.contains("refused")) {
      throw new SagaStoreException("refused", SagaStoreException.Kind.PERMANENT, null);
    }
    if (batch.contains("down")) {
      throw new SagaStoreException("down", SagaStoreException.Kind.TRANSIENT, null);
    }
    return batch.stream().map(request -> request + "!").toList();
  }

  @AfterEach
  void everybodyIsAnswered() throws InterruptedException {
    database.complete(null);
    callers.shutdown();
    assertThat(callers.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
  }

  private Future<String> submit(String request) {
    return callers.submit(() -> group.submit(request));
  }

  /** Holds the first request's commit until the others have gathered behind it. */
  private List<Future<String>> submitBehindOne(String first, String... others) {
    database = new CompletableFuture<>();
    Future<String> leading = submit(first);
    await().until(() -> !committed.isEmpty());
    var all = new CopyOnWriteArrayList<>(List.of(leading));
    for (String other : others) {
      all.add(submit(other));
    }
    await().until(() -> group.gathered() == others.length);
    database.complete(null);
    return all;
  }

  private static String answer(Future<String> future) throws Exception {
    return future.get(10, TimeUnit.SECONDS);
  }

  @Test
  void commitsALoneRequestAtOnce() throws Exception {
    assertThat(answer(submit("a"))).isEqualTo("a!");
    assertThat(committed).containsExactly(List.of("a"));
  }

  @Test
  void gathersWhileABatchCommitsAndAnswersEachItsOwn() throws Exception {
    List<Future<String>> all = submitBehindOne("a", "b", "c", "d");
    assertThat(answer(all.get(0))).isEqualTo("a!");
    assertThat(answer(all.get(3))).isEqualTo("d!");
    assertThat(committed.get(1)).containsExactlyInAnyOrder("b", "c", "d");
  }

  @Test
  void commitsNoMoreThanABatchAtOnce() throws Exception {
    List<Future<String>> all = submitBehindOne("a", "b", "c", "d", "e", "f", "g");
    for (Future<String> one : all) {
      assertThat(answer(one)).endsWith("!");
    }
    assertThat(committed).allMatch(batch -> batch.size() <= 4);
  }

  @Test
  void waitsForHalfOfThoseWhoWereAboutButNotLongerThanACommitTook() throws Exception {
    for (Future<String> one : submitBehindOne("a", "b", "c", "d")) {
      answer(one);
    }
    // nothing passed on this clock, so the next one waits for nobody
    assertThat(answer(submit("e"))).isEqualTo("e!");

    commitForHalfAMinuteWhileOthersGather();

    Future<String> early = submit("k");
    await().until(() -> group.gathered() == 1);
    assertThat(early).isNotDone();
    assertThat(answer(submit("l"))).isEqualTo("l!");
    assertThat(answer(early)).isEqualTo("k!");
    assertThat(committed.getLast()).containsExactlyInAnyOrder("k", "l");
  }

  /** The next leader waits for a second request, for half a minute at most. */
  private void commitForHalfAMinuteWhileOthersGather() throws Exception {
    committed.clear();
    database = new CompletableFuture<>();
    List<Future<String>> all = new CopyOnWriteArrayList<>(List.of(submit("f")));
    await().until(() -> !committed.isEmpty());
    for (String other : List.of("g", "h", "i", "j")) {
      all.add(submit(other));
    }
    await().until(() -> group.gathered() == 4);
    CompletableFuture<Void> first = database;
    database = new CompletableFuture<>();
    first.complete(null);
    await().until(() -> committed.size() == 2);
    nanos.addAndGet(Duration.ofSeconds(30).toNanos());
    database.complete(null);
    for (Future<String> one : all) {
      answer(one);
    }
  }

  @Test
  void aLeaderThatComesInterruptedCommitsWithoutItAndStaysInterrupted() throws Exception {
    Future<Boolean> interrupted =
        callers.submit(
            () -> {
              Thread.currentThread().interrupt();
              var unused = group.submit("a");
              return Thread.interrupted();
            });

    assertThat(interrupted.get(10, TimeUnit.SECONDS)).isTrue();
    assertThat(committed).containsExactly(List.of("a"));
    assertThat(interruptedCommits).as("such a commit would lose its connection").hasValue(0);
  }

  @Test
  void aLeaderThatIsInterruptedWhileItWaitsForOthersCommitsAndStaysInterrupted() throws Exception {
    commitForHalfAMinuteWhileOthersGather();
    var interrupted = new CompletableFuture<Boolean>();
    Thread leader =
        Thread.startVirtualThread(
            () -> {
              var unused = group.submit("k");
              interrupted.complete(Thread.currentThread().isInterrupted());
            });
    await().until(() -> leader.getState() == Thread.State.TIMED_WAITING);

    leader.interrupt();

    assertThat(interrupted.get(10, TimeUnit.SECONDS)).isTrue();
    assertThat(committed.getLast()).containsExactly("k");
    assertThat(answer(submit("l"))).isEqualTo("l!");
  }

  @Test
  void aRefusedRequestFailsNoNeighbour() throws Exception {
    List<Future<String>> all = submitBehindOne("a", "b", "refused", "c");
    assertThat(answer(all.get(1))).isEqualTo("b!");
    assertThat(answer(all.get(3))).isEqualTo("c!");
    assertThatThrownBy(() -> answer(all.get(2)))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(
            SagaStoreException.class,
            e -> assertThat(e.kind()).isEqualTo(SagaStoreException.Kind.PERMANENT));
  }

  @Test
  void aStoreThatIsDownFailsTheBatchAndNotTheNext() throws Exception {
    List<Future<String>> all = submitBehindOne("a", "b", "down");
    assertThatThrownBy(() -> answer(all.get(1))).isInstanceOf(ExecutionException.class);
    assertThatThrownBy(() -> answer(all.get(2))).isInstanceOf(ExecutionException.class);
    assertThat(answer(submit("c"))).isEqualTo("c!");
  }
}
