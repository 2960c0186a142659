package io.skald.store.jooq;

import io.skald.saga.Compensatable;
import io.skald.saga.Done;
import io.skald.saga.Retry;
import io.skald.saga.Saga;
import io.skald.saga.SagaBody;
import io.skald.saga.SagaDefinition;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.AsyncStep;
import io.skald.saga.step.CompensatablePart;
import io.skald.saga.step.CompensatableStep;
import io.skald.saga.step.LocalStep;
import io.skald.saga.step.ParallelGroup;
import io.skald.saga.step.RemoteStep;
import io.skald.saga.step.Tx;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One saga of each construct, and all that its steps leave behind: rows that cannot be written
 * twice, and effects at a participant that knows its keys and has a barrier against late calls. A
 * saga's input is its key. Safe for use by several threads.
 */
final class CrashScene {
  static final Signal<String> APPROVED = Signal.named("approved", String.class);
  static final Duration LONG = Duration.ofDays(1);
  private static final Duration SHORT = Duration.ofMillis(60);
  private static final Retry QUICK =
      Retry.exponential(Duration.ofMillis(10)).delayMax(Duration.ofMillis(50)).attemptsMax(10);

  final Map<String, String> tokens = new ConcurrentHashMap<>();
  final Set<String> undone = ConcurrentHashMap.newKeySet();
  private final Map<String, String> effects = new ConcurrentHashMap<>();
  private final TestDatabase database;

  CrashScene(TestDatabase database) {
    this.database = database;
  }

  // ---- effects

  /** What a key has left: rows, then what stands at the participant. */
  String leftBy(String key) {
    var standing = new TreeSet<String>();
    effects.forEach(
        (call, effect) -> {
          // the call's key makes an effect that was made under two keys visible
          if (effect.startsWith(key + ":") && !undone.contains(call) && !standing.add(effect)) {
            standing.add(effect + " under " + call);
          }
        });
    String rows =
        database.value(
            """
            select coalesce(string_agg(id, ', ' order by id), '')
            from %%s.business
            where id like '%s:%%'
            """
                .formatted(key));
    return "%s | %s".formatted(rows, String.join(", ", standing)).replace(key + ":", "");
  }

  private static String keyOf(String input) {
    return input.contains("/") ? input.substring(0, input.indexOf('/')) : input;
  }

  /** The row of an element takes the element's number along. */
  private static String rowOf(String input, String name) {
    return "%s:%s%s".formatted(keyOf(input), name, input.substring(keyOf(input).length()));
  }

  private void write(Tx tx, String row) throws SQLException {
    try (PreparedStatement insert =
        tx.connection()
            .prepareStatement(
                "insert into %s.business values (?, '')".formatted(database.schema()))) {
      insert.setString(1, row);
      insert.executeUpdate();
    }
  }

  String take(String input, String effect, String key) {
    if (!undone.contains(key)) {
      effects.put(key, keyOf(input) + ":" + effect);
    }
    return effect;
  }

  // ---- steps

  private LocalStep<String, String> localStep(String name) {
    return Step.named(name, String.class)
        .local(
            String.class,
            (in, tx) -> {
              write(tx, rowOf(in, name));
              return name;
            })
        .retry(QUICK);
  }

  CompensatableStep<String, String> local(String name) {
    return localStep(name).compensation((in, result, tx) -> write(tx, rowOf(in, "un" + name)));
  }

  /** A remote step; that of an element takes the element's number along. */
  RemoteStep<String, String> remoteStep(String name) {
    return Step.named(name, String.class)
        .remote(
            String.class,
            (in, call) -> take(in, name + in.substring(keyOf(in).length()), call.idempotencyKey()))
        .retry(QUICK);
  }

  CompensatableStep<String, String> remote(String name) {
    return remoteStep(name)
        .compensation((in, result, call) -> undone.add(call.actionKey()))
        .compensationRetry(QUICK);
  }

  private CompensatableStep<String, String> tcc(String name) {
    return Step.named(name, String.class)
        .tryRemote(String.class, (in, call) -> take(in, "tried " + name, call.idempotencyKey()))
        .retry(QUICK)
        .confirm((in, hold, call) -> take(in, "confirmed " + name, call.idempotencyKey()))
        .confirmRetry(QUICK)
        .cancel((in, hold, call) -> undone.add(call.actionKey()));
  }

  /** Its work is handed out; whoever has it knows the token. */
  AsyncStep<String, String> book() {
    return Step.named("book", String.class)
        .async(
            String.class,
            (in, call) -> {
              var unused = take(in, "book", call.idempotencyKey());
              tokens.put(in, call.completionToken());
            })
        .retry(QUICK);
  }

  static CompensatableStep<String, Done> refusing() {
    return Step.named("refusing", String.class)
        .remote(
            (in, call) -> {
              throw new PermanentFailure("no");
            })
        .needsNoCompensation();
  }

  static SagaBody<String> head(String name, Compensatable<String, ?> first) {
    return Saga.define(name, String.class).key(in -> in).step(first);
  }

  // ---- sagas

  SagaDefinition<String, ?> sequenceInABranch() {
    var branch = Step.sequence("branch", String.class).step(local("a")).step(remote("b")).end();
    return head("sequence", Step.parallel("group", branch, remote("c"))).step(refusing()).build();
  }

  private ParallelGroup<String> group() {
    return Step.parallel("group", remote("b"), local("c"), remote("d"));
  }

  SagaDefinition<String, ?> oneByOne() {
    return head("one-by-one", local("a")).step(group()).step(refusing()).build();
  }

  SagaDefinition<String, ?> together() {
    return head("together", local("a"))
        .step(group().compensatedTogether())
        .step(refusing())
        .build();
  }

  SagaDefinition<String, ?> choice() {
    var choice =
        Step.choice("choice", String.class, String.class)
            .on((in, results) -> false, local("never"))
            .otherwise(remote("b"));
    return head("choice", local("a"))
        .step(choice)
        .returning(String.class, (in, results) -> results.resultOf(choice));
  }

  SagaDefinition<String, ?> refusal() {
    var choice =
        Step.choice("choice", String.class, Done.class)
            .on((in, results) -> true, Step.refuse("no", String.class, (in, results) -> "no"))
            .otherwiseNothing();
    return head("refusal", local("a")).step(remote("b")).step(choice).build();
  }

  SagaDefinition<String, ?> each() {
    var each =
        Step.forEach(
                "each", String.class, String.class, (in, results) -> List.of(in + "/1", in + "/2"))
            .concurrency(2)
            .step(remote("ship"));
    return head("each", local("a")).step(each).step(refusing()).build();
  }

  SagaDefinition<String, ?> eachAfterThePivot() {
    var each =
        Step.forEach(
                "each", String.class, String.class, (in, results) -> List.of(in + "/1", in + "/2"))
            .step(remoteStep("ship"));
    return Saga.define("each-after", String.class)
        .key(in -> in)
        .pivot(localStep("pivot"))
        .step(each)
        .returning(Integer.class, (in, results) -> results.resultOf(each).size());
  }

  /** One with a lock, and a sub-saga that shares it. */
  SagaDefinition<String, ?> locked() {
    SagaDefinition<String, Done> child =
        Saga.define("locked-child", String.class)
            .lock("account", in -> in)
            .step(remote("b"))
            .build();
    return Saga.define("locked", String.class)
        .key(in -> in)
        .lock("account", in -> in)
        .step(local("a"))
        .step(Step.saga("child", String.class, child, (in, results) -> in))
        .build();
  }

  SagaDefinition<String, ?> delay() {
    return head("delay", local("a"))
        .step(Step.delay("a-while", Duration.ofMillis(40)))
        .step(remote("b"))
        .build();
  }

  SagaDefinition<String, ?> await() {
    var approval = Step.await("approval", APPROVED).within(LONG).orCompensate();
    return head("await", local("a"))
        .step(approval)
        .step(remote("b"))
        .returning(String.class, (in, results) -> results.resultOf(approval));
  }

  SagaDefinition<String, ?> handedOut() {
    var book = book().compensation((in, seat, call) -> undone.add(call.actionKey()));
    return head("async", local("a"))
        .step(book)
        .step(remote("b"))
        .returning(String.class, (in, results) -> results.resultOf(book));
  }

  SagaDefinition<String, ?> confirmed() {
    return head("tcc", tcc("wallet"))
        .step(local("a"))
        .step(tcc("stock"))
        .pivot(localStep("pivot"))
        .step(remoteStep("tail"))
        .build();
  }

  SagaDefinition<String, ?> cancelled() {
    return head("tcc-cancelled", tcc("wallet"))
        .step(local("a"))
        .step(tcc("stock"))
        .step(refusing())
        .build();
  }

  private SagaDefinition<String, String> child() {
    var insure = remote("insure");
    return head("child", local("policy"))
        .step(insure)
        .returning(String.class, (in, results) -> results.resultOf(insure));
  }

  SagaDefinition<String, ?> childBeforeThePivot() {
    var child = Step.saga("insurance", String.class, child(), (in, results) -> in);
    return head("parent", local("a"))
        .step(child)
        .pivot(localStep("pivot"))
        .returning(String.class, (in, results) -> results.resultOf(child));
  }

  SagaDefinition<String, ?> childCalledBack() {
    var child = Step.saga("insurance", String.class, child(), (in, results) -> in);
    return head("parent-back", local("a")).step(child).step(refusing()).build();
  }

  SagaDefinition<String, ?> childThatFails() {
    var failing = head("failing-child", local("policy")).step(refusing()).build();
    var child = Step.saga("insurance", String.class, failing, (in, results) -> in);
    return head("parent-fails", remote("a")).step(child).build();
  }

  SagaDefinition<String, ?> childAfterThePivot() {
    var child = Step.saga("insurance", String.class, child(), (in, results) -> in);
    return Saga.define("parent-after", String.class)
        .key(in -> in)
        .pivot(localStep("pivot"))
        .step(child.afterPivot())
        .returning(String.class, (in, results) -> results.resultOf(child));
  }

  // ---- time, tokens, nesting

  /** Nobody signals: the first wait has another result, the second one is why it compensates. */
  SagaDefinition<String, ?> awaitInVain() {
    return head("await-in-vain", local("a"))
        .step(Step.await("hint", APPROVED).within(SHORT).orElse("none"))
        .step(local("b"))
        .step(Step.await("approval", APPROVED).within(SHORT).orCompensate())
        .build();
  }

  /** What has to be approved by a token that a step gives away. */
  CompensatablePart<Object, String> callback() {
    return Step.await("callback", APPROVED).within(LONG).orCompensate();
  }

  SagaDefinition<String, ?> calledBackByToken() {
    var ask =
        Step.named("ask", String.class)
            .remote((in, call) -> tokens.put(in, call.callbackToken(callback())))
            .retry(QUICK)
            .needsNoCompensation();
    var callback = callback();
    return head("callback", local("a"))
        .step(ask)
        .step(callback)
        .returning(String.class, (in, results) -> results.resultOf(callback));
  }

  /** Its work is handed out to somebody who gives a sign of life, and then did not do it. */
  SagaDefinition<String, ?> handedOutInVain() {
    var book =
        Step.named("book", String.class)
            .async(String.class, (in, call) -> tokens.put(in, call.completionToken()))
            .retry(QUICK)
            .within(LONG)
            .heartbeatWithin(LONG.dividedBy(2))
            .compensation((in, seat, call) -> undone.add(call.actionKey()));
    return head("async-fails", local("a")).step(book).step(remote("b")).build();
  }

  /** The deadline may pass before its step is made, on a slow machine: then nothing is undone. */
  SagaDefinition<String, ?> deadline() {
    return Saga.define("deadline", String.class)
        .key(in -> in)
        .deadline(SHORT.multipliedBy(4))
        .step(remote("b"))
        .step(Step.await("approval", APPROVED).within(LONG).orCompensate())
        .build();
  }

  SagaDefinition<String, ?> cancelledWhileItWaits() {
    return head("cancelled", local("a"))
        .step(remote("b"))
        .step(Step.await("approval", APPROVED).within(LONG).orCompensate())
        .build();
  }

  /** Of each element another branch, one with a group and one with a sequence. */
  SagaDefinition<String, ?> nested() {
    var way =
        Step.choice("way", String.class, Object.class)
            .on((in, results) -> in.endsWith("/1"), Step.parallel("pair", local("b"), remote("c")))
            .otherwise(
                Step.sequence("line", String.class).step(remote("d")).step(local("e")).end());
    var each =
        Step.forEach(
                "each", String.class, String.class, (in, results) -> List.of(in + "/1", in + "/2"))
            .concurrency(2)
            .step(way);
    return head("nested", local("a")).step(each).step(refusing()).build();
  }
}
