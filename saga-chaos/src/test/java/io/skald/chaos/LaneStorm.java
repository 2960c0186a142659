package io.skald.chaos;

import io.skald.engine.SagaEngine;
import io.skald.saga.Done;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.error.SagaStoreException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A great many sagas that have failed at once and could not be compensated, because a participant
 * was down; it is back, and they are all due. Meanwhile more callers than there is room for start
 * new sagas, one after another, each of which takes a while.
 */
final class LaneStorm implements AutoCloseable {
  private static final int CALLERS = 160;

  /** So long that it is the room which is short, and not the processor or the pool. */
  private static final Duration CALL = Duration.ofMillis(500);

  private static final Duration PATIENCE = Duration.ofMinutes(8);
  private static final Duration GLANCE = Duration.ofMillis(100);

  /** All but the id, the key and the token are as they were. */
  private static final String COPIES =
      """
      insert into %s.saga
      select r.*
      from %s.saga s
      cross join generate_series(1, :copies) n
      cross join lateral jsonb_populate_record(s, jsonb_build_object(
        'id', gen_random_uuid(),
        'business_key', 'copy-' || n,
        'token_key', gen_random_uuid())) r
      where s.business_key = 'failed';
      insert into %s.saga_log
      select r.*
      from %s.saga s
      cross join %s.saga_log l
      cross join lateral jsonb_populate_record(l, jsonb_build_object('saga_id', s.id)) r
      where s.business_key like 'copy-%'
        and l.saga_id = (select id from %s.saga where business_key = 'failed');
      insert into %s.effect
      select s.id, l.step_name, l.direction
      from %s.saga s
      join %s.saga_log l on l.saga_id = s.id
      where l.step_name like 'local%'
        and s.business_key like 'copy-%'
      """;

  private static final String ALL_ARE_DUE =
      """
      update %s.saga_log
      set retry_at = clock_timestamp()
      where status = 'RETRYING';
      update %s.saga
      set wake_at = clock_timestamp()
      where definition = 'failed';
      analyze %s.saga;
      analyze %s.saga_log
      """;

  private final int sagas;
  private final Bench bench = Bench.open();
  private final SagaDefinition<String, Done> fresh;
  private final SagaDefinition<String, Done> failed;
  private final SagaEngine engine;
  private final AtomicInteger started = new AtomicInteger();
  private final ConcurrentLinkedQueue<Long> latencies = new ConcurrentLinkedQueue<>();
  private volatile boolean down = true;
  private volatile boolean flooding = true;

  /**
   * What came of a storm.
   *
   * @param time how long it lasted
   * @param left how many sagas were not compensated by then
   * @param fresh how many new sagas ended meanwhile
   * @param medianMillis how long half of these took at most, from start to end
   * @param p99Millis how long all but a hundredth did
   */
  record Figures(Duration time, long left, int fresh, long medianMillis, long p99Millis) {}

  /** The sagas have failed, and wait. */
  LaneStorm(int sagas, double urgentShare) {
    this.sagas = sagas;
    this.fresh =
        Saga.define("fresh", String.class)
            .key(key -> key)
            .step(
                Step.named("call", String.class)
                    .remote((key, call) -> LockSupport.parkNanos(CALL.toNanos()))
                    .needsNoCompensation())
            .build();
    this.failed = failed();
    this.engine =
        bench.built(
            builder -> builder.options(Bench.impatient().withUrgentShare(urgentShare)),
            fresh,
            failed);
    engine.open();
    var unused = engine.start(failed, "failed");
    Bench.await("the first one has failed and waits")
        .until(() -> bench.count("select count(*) from %s.saga where wake_at > now()") == 1);
    bench.execute(COPIES.replace(":copies", Integer.toString(sagas - 1)));
  }

  private SagaDefinition<String, Done> failed() {
    return Saga.define("failed", String.class)
        .key(key -> key)
        .step(
            Step.named("local-a", String.class)
                .local((key, tx) -> bench.effect(tx, "local-a", "ACTION"))
                .compensation((key, done, tx) -> bench.effect(tx, "local-a", "COMPENSATION")))
        .step(
            Step.named("call", String.class)
                .remote((key, call) -> {})
                .compensation((key, done, call) -> unlessDown())
                .compensationRetry(Retry.exponential(Duration.ofHours(1)).attemptsUnlimited()))
        .step(
            Step.named("decide", String.class)
                .remote(
                    (key, call) -> {
                      throw new PermanentFailure("they all fail");
                    })
                .needsNoCompensation())
        .build();
  }

  private void unlessDown() throws IOException {
    if (down) {
      throw new IOException("down");
    }
  }

  /**
   * Has the flood come, and then the participant back; until all are compensated, or for so long.
   */
  Figures run(Duration max) throws Exception {
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int caller = 0; caller < CALLERS; caller++) {
        all.add(callers.submit(this::flood));
      }
      Bench.await("the room is full").until(() -> latencies.size() > CALLERS);
      latencies.clear();
      down = false;
      bench.execute(ALL_ARE_DUE);
      long began = System.nanoTime();
      while (left() > 0 && System.nanoTime() - began < max.toNanos()) {
        LockSupport.parkNanos(GLANCE.toNanos());
      }
      long left = left();
      var time = Duration.ofNanos(System.nanoTime() - began);
      List<Long> nanos = new ArrayList<>(latencies);
      flooding = false;
      for (Future<?> one : all) {
        var unused = one.get();
      }
      return figures(time, left, nanos);
    }
  }

  private static Figures figures(Duration time, long left, List<Long> nanos) {
    Collections.sort(nanos);
    int count = nanos.size();
    return new Figures(
        time,
        left,
        count,
        TimeUnit.NANOSECONDS.toMillis(nanos.get(count / 2)),
        TimeUnit.NANOSECONDS.toMillis(nanos.get(count * 99 / 100)));
  }

  private Void flood() throws Exception {
    while (flooding) {
      String key = "fresh-" + started.incrementAndGet();
      try {
        callOnce(key);
      } catch (SagaStoreException e) {
        // on a slow machine the pool has no connection for so many callers: this one comes again
        if (e.kind() != SagaStoreException.Kind.TRANSIENT) {
          throw e;
        }
      }
    }
    return null;
  }

  private void callOnce(String key) throws Exception {
    long began = System.nanoTime();
    if (!(engine.start(fresh, key).await(PATIENCE) instanceof SagaEnd.Completed)) {
      throw new IllegalStateException(key + " did not complete");
    }
    latencies.add(System.nanoTime() - began);
  }

  private long left() {
    return bench.count(
        "select count(*) from %s.saga where definition = 'failed' and finished_at is null");
  }

  /** Whether all that failed is compensated in the end, when nothing is in its way any more. */
  boolean isAllCompensatedAtRest() {
    bench.awaitRest();
    return bench.differences().isEmpty()
        && bench.count("select count(*) from %s.saga where status = 'COMPENSATED'") == sagas;
  }

  @Override
  public void close() {
    flooding = false;
    bench.close();
  }
}
