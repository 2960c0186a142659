package io.skald.testkit;

import static io.skald.saga.view.SagaStatus.COMPENSATED;
import static io.skald.saga.view.SagaStatus.COMPENSATING;
import static io.skald.saga.view.SagaStatus.COMPLETED;
import static io.skald.saga.view.SagaStatus.RESOLVED;
import static io.skald.saga.view.SagaStatus.RUNNING;
import static io.skald.saga.view.SagaStatus.STUCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.engine.spi.DefinitionRef;
import io.skald.engine.spi.ErrorFingerprint;
import io.skald.engine.spi.Fence;
import io.skald.engine.spi.Lane;
import io.skald.engine.spi.Links;
import io.skald.engine.spi.LogWrite;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.SagaChange;
import io.skald.engine.spi.SagaError;
import io.skald.engine.spi.SearchPosition;
import io.skald.engine.spi.Transition;
import io.skald.engine.spi.WriteResult;
import io.skald.saga.SagaId;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaMoment;
import io.skald.saga.view.SagaPage;
import io.skald.saga.view.SagaQuery;
import io.skald.saga.view.SagaSummary;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Facts of searches. */
abstract class SearchContract extends RelocationContract {
  private static final DefinitionRef BILL = new DefinitionRef("bill", 2, "f1");
  private static final SagaQuery ALL = SagaQuery.all();

  private long starts;

  // ---- what is asked for

  @Test
  void findsByKeyAndByTheBeginningOfOne() {
    // U+1F600 comes before U+FFFD as Java compares texts, and after it by its bytes
    for (String key : List.of("b", "a-2", "a-\uD83D\uDE00", "a", "a-\uFFFD", "a-1", "A-1")) {
      begin(ORDER, key, Map.of(), null);
    }
    begin(BILL, "a-1", Map.of(), null);

    assertThat(keys(ALL.key("a-1"))).containsExactly("a-1", "a-1");
    assertThat(search(ALL.key("a-1")).sagas())
        .extracting(SagaSummary::definition)
        .containsExactly("bill", "order");
    assertThat(keys(ALL.key("a-1").definition("bill"))).containsExactly("a-1");
    assertThat(keys(ALL.keyPrefix("a-").definition("order")))
        .containsExactly("a-1", "a-2", "a-\uFFFD", "a-\uD83D\uDE00");
    assertThat(keys(ALL.keyPrefix("a"))).hasSize(6).startsWith("a");
    assertThat(keys(ALL.keyPrefix("%"))).isEmpty();
    assertThat(keys(ALL.key("a_1"))).isEmpty();
    assertThat(keys(ALL.key("nobody").keyPrefix("b"))).containsExactly("b");
  }

  @Test
  void findsByDefinitionVersionAndStatusTheLatestFirst() {
    NodeId node = join(LONG);
    begin(ORDER, "o1", Map.of(), node);
    begin(new DefinitionRef("order", 2, "f2"), "o2", Map.of(), node);
    begin(BILL, "b1", Map.of(), node);
    Fence ended = begin(ORDER, "o3", Map.of(), node);
    write(end(ended));
    stick(begin(ORDER, "o4", Map.of(), node), new SagaError("pay", "no", null));

    assertThat(keys(ALL)).containsExactly("o4", "o3", "b1", "o2", "o1");
    assertThat(keys(ALL.definition("order"))).containsExactly("o4", "o3", "o2", "o1");
    assertThat(keys(ALL.definition("order").version(2))).containsExactly("o2");
    assertThat(keys(ALL.version(2))).containsExactly("b1", "o2");
    assertThat(keys(ALL.status(COMPLETED))).containsExactly("o3");
    assertThat(keys(ALL.status(STUCK))).containsExactly("o4");
    assertThat(keys(ALL.status(STUCK, COMPLETED))).containsExactly("o4", "o3");
    assertThat(keys(ALL.unfinished())).containsExactly("o4", "b1", "o2", "o1");
    assertThat(keys(ALL.unfinished().definition("bill"))).containsExactly("b1");
    assertThat(keys(ALL.status(COMPENSATED, RESOLVED))).isEmpty();
  }

  @Test
  void findsByAttributesAllOfWhichHold() {
    begin(ORDER, "o1", Map.of("customer", "ann", "shop", "x\"y\\z"), null);
    begin(ORDER, "o2", Map.of("customer", "ann"), null);
    begin(ORDER, "o3", Map.of("customer", "anna", "shop", "ann"), null);
    begin(ORDER, "o4", Map.of("customer", ""), null);

    assertThat(keys(ALL.attribute("customer", ""))).containsExactly("o4");
    assertThat(keys(ALL.attribute("customer", "ann"))).containsExactly("o2", "o1");
    assertThat(keys(ALL.attribute("customer", "ann").attribute("shop", "x\"y\\z")))
        .containsExactly("o1");
    assertThat(keys(ALL.attribute("customer", "ann").keyPrefix("o2"))).containsExactly("o2");
    assertThat(keys(ALL.attribute("customer", "bob").attribute("customer", "anna")))
        .containsExactly("o3");
    assertThat(keys(ALL.attribute("customer", "an"))).isEmpty();
  }

  @Test
  void findsWhatWaitsAndGoesOnByItself() {
    NodeId node = join(LONG);
    begin(ORDER, "runs", Map.of(), node);
    begin(ORDER, "due", Map.of(), null);
    change(begin(ORDER, "sleeps", Map.of(), node), new SagaChange.Park(LONG, null, Lane.ORDINARY));
    stick(begin(ORDER, "stuck", Map.of(), node), new SagaError("pay", "no", null));
    write(end(begin(ORDER, "ended", Map.of(), node)));

    assertThat(keys(ALL.waiting())).containsExactly("sleeps", "due");
    assertThat(keys(ALL.waiting().keyPrefix("d"))).containsExactly("due");
  }

  @Test
  void findsBySteps() {
    NodeId node = join(LONG);
    log(begin(ORDER, "retries", Map.of(), node), "each/1/pay", "pay", LogStatus.RETRYING, "down");
    log(begin(ORDER, "waits", Map.of(), node), "pay", "pay", LogStatus.WAITING, null);
    log(begin(ORDER, "paid", Map.of(), node), "pay", "pay", LogStatus.SUCCEEDED, null);
    log(begin(ORDER, "ships", Map.of(), node), "ship", "ship", LogStatus.RETRYING, "down");
    stick(begin(ORDER, "stuck", Map.of(), node), new SagaError("each/2/pay", "no", null));
    Fence ended = begin(ORDER, "ended", Map.of(), node);
    log(ended, "pay", "pay", LogStatus.WAITING, null);
    change(ended, new SagaChange.Complete("1"));

    assertThat(keys(ALL.standsAt("pay"))).containsExactly("stuck", "waits", "retries");
    assertThat(keys(ALL.standsAt("pay").status(STUCK))).containsExactly("stuck");
    assertThat(keys(ALL.standsAt("each"))).isEmpty();
    assertThat(keys(ALL.standsAt("pay").limit(2))).containsExactly("stuck", "waits");
  }

  @Test
  void findsWhatFailedInTheSameWay() {
    NodeId node = join(LONG);
    Fence retries = begin(ORDER, "retries", Map.of(), node);
    log(retries, "each/1/pay", "pay", LogStatus.RETRYING, "Down: no 4711");
    stick(
        begin(ORDER, "stuck", Map.of(), node), new SagaError("each/2/pay", "Down: no 4712", null));
    Fence back = begin(ORDER, "back", Map.of(), node);
    change(back, new SagaChange.TurnAround(new SagaError("pay", "Down", null)));
    stick(begin(ORDER, "other", Map.of(), node), new SagaError("pay", "Gone: no 4711", null));
    stick(begin(ORDER, "none", Map.of(), node), new SagaError(null, "Down: no 4711", null));
    Fence resolved = begin(ORDER, "resolved", Map.of(), node);
    stick(resolved, new SagaError("pay", "Down: x", null));
    amend(resolved, new SagaChange.Resolve(new SagaError("pay", "Down", "olga")));

    String down = ErrorFingerprint.of("pay", "Down: whatever");
    assertThat(keys(ALL.errorFingerprint(down))).containsExactly("back", "stuck", "retries");
    assertThat(keys(ALL.errorFingerprint(down).status(STUCK))).containsExactly("stuck");
    assertThat(search(ALL.errorFingerprint(down)).sagas())
        .allSatisfy(found -> assertThat(found.errorFingerprint()).contains(down));
    assertThat(keys(ALL.errorFingerprint(ErrorFingerprint.of(null, "Down"))))
        .containsExactly("none");
    assertThat(search(ALL.key("resolved")).sagas().getFirst().errorFingerprint()).isEmpty();
  }

  @Test
  void findsByTimes() {
    NodeId node = join(LONG);
    Fence first = begin(ORDER, "o1", Map.of(), node);
    elapse(Duration.ofMillis(5));
    Fence second = begin(ORDER, "o2", Map.of(), node);
    elapse(Duration.ofMillis(5));
    write(end(second));
    elapse(Duration.ofMillis(5));
    write(end(first));
    var created = load(second).saga().createdAt();
    var finished = Optional.ofNullable(load(first).saga().finishedAt()).orElseThrow();
    var changed = store().search(ALL.key("o1")).sagas().getFirst().changedAt();

    assertThat(keys(ALL.since(SagaMoment.CREATED, created))).containsExactly("o2");
    assertThat(keys(ALL.before(SagaMoment.CREATED, created))).containsExactly("o1");
    assertThat(keys(ALL.since(SagaMoment.FINISHED, finished))).containsExactly("o1");
    assertThat(keys(ALL.before(SagaMoment.FINISHED, finished))).containsExactly("o2");
    assertThat(keys(ALL.before(SagaMoment.CHANGED, changed))).containsExactly("o2");
    assertThat(
            keys(
                ALL.since(SagaMoment.CREATED, load(first).saga().createdAt())
                    .before(SagaMoment.CREATED, created)))
        .containsExactly("o1");
    begin(ORDER, "o3", Map.of(), node);
    assertThat(keys(ALL.before(SagaMoment.FINISHED, finished.plus(LONG))))
        .containsExactly("o2", "o1");
  }

  // ---- pages

  @Test
  void pagesGoOnWhereTheyEndedWhateverIsStartedMeanwhile() {
    NodeId node = join(LONG);
    for (String key : List.of("k1", "k3", "k5", "k7")) {
      begin(ORDER, key, Map.of("shop", "x"), node);
    }
    List<SagaQuery> queries =
        List.of(ALL, ALL.unfinished(), ALL.attribute("shop", "x"), ALL.keyPrefix("k"));
    for (SagaQuery query : queries) {
      SagaPage first = search(query.limit(2));
      Fence meanwhile = begin(ORDER, "k0", Map.of("shop", "x"), node);
      SagaPage second = search(query.limit(2).after(first.next().orElseThrow()));
      SagaPage third = search(query.limit(2).after(second.next().orElseThrow()));

      List<String> found = new ArrayList<>();
      List.of(first, second, third)
          .forEach(page -> page.sagas().forEach(one -> found.add(one.businessKey())));
      List<String> expected = List.of("k1", "k3", "k5", "k7");
      assertThat(found).isEqualTo(SearchPosition.isByKey(query) ? expected : expected.reversed());
      assertThat(third.next()).isEmpty();
      // ended and gone, for the next query
      write(end(meanwhile));
      elapse(Duration.ofMillis(5));
      assertThat(purge(Duration.ofMillis(1), 10)).isOne();
    }
  }

  @Test
  void refusesACursorThatIsNoneOfTheQuerys() {
    begin(ORDER, "secret", Map.of(), null);
    String byKey = search(ALL.keyPrefix("s").limit(1)).next().orElseThrow();
    String byStart = search(ALL.limit(1)).next().orElseThrow();

    for (SagaQuery query :
        List.of(
            ALL.after(byKey),
            ALL.key("secret").after(byStart),
            ALL.after("secret"),
            ALL.after("not base64: secret"))) {
      assertThatThrownBy(() -> search(query))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("after: not a cursor of this query")
          .hasMessageNotContaining("secret");
    }
  }

  // ---- what is shown

  @Test
  void showsWhereASagaStands() {
    NodeId node = join(LONG);
    var parent = new Parent(nextId(), "all");
    var child =
        new NewSaga(
            nextId(),
            ORDER,
            "o1",
            Map.of("shop", "x"),
            "{}",
            "digest",
            null,
            node,
            parent,
            Lane.ORDINARY);
    start(child);
    Fence fence = new Fence(child.id(), node, 0);
    log(fence, "each/1/pay", "pay", LogStatus.RETRYING, "Down: no 4711");
    change(fence, new SagaChange.Park(LONG, null, Lane.ORDINARY));

    SagaSummary found = search(ALL.key("o1")).sagas().getFirst();
    var row = load(fence).saga();
    assertThat(found)
        .isEqualTo(
            new SagaSummary(
                child.id(),
                "order",
                1,
                "o1",
                Map.of("shop", "x"),
                Optional.of(parent.saga()),
                RUNNING,
                Optional.of("each/1/pay"),
                Optional.of("Down: no 4711"),
                Optional.of(ErrorFingerprint.of("pay", "Down")),
                Optional.ofNullable(row.wakeAt()),
                row.createdAt(),
                found.changedAt(),
                Optional.empty()));
    assertThat(found.changedAt()).isAfterOrEqualTo(row.createdAt());
  }

  @Test
  void showsWhyASagaTurnedAroundAndWhereItStandsNow() {
    NodeId node = join(LONG);
    Fence fence = begin(ORDER, "o1", Map.of(), node);
    change(fence, new SagaChange.TurnAround(new SagaError("ship", "Gone: x", null)));
    Fence next = new Fence(fence.saga(), node, fence.epoch() + 1);
    assertThat(search(ALL).sagas().getFirst().step()).contains("ship");
    log(next, "pay", "pay", LogStatus.RETRYING, "Down: y");

    SagaSummary found = search(ALL).sagas().getFirst();
    assertThat(found.status()).isEqualTo(COMPENSATING);
    assertThat(found.step()).contains("pay");
    assertThat(found.error()).contains("Gone: x");
    assertThat(found.errorFingerprint()).contains(ErrorFingerprint.of("ship", "Gone"));
    change(next, new SagaChange.EndCompensated());
    SagaSummary ended = search(ALL.status(COMPENSATED)).sagas().getFirst();
    assertThat(ended.step()).contains("ship");
    assertThat(ended.finishedAt()).isPresent();
  }

  // ---- what the facts are made of

  private SagaPage search(SagaQuery query) {
    return store().search(query);
  }

  private List<String> keys(SagaQuery query) {
    return search(query).sagas().stream().map(SagaSummary::businessKey).toList();
  }

  /** Version 7, each later than the one before. */
  private SagaId nextId() {
    starts++;
    long time = System.currentTimeMillis() << 16;
    return new SagaId(new UUID(time | 0x7000 | starts, Long.MIN_VALUE | starts));
  }

  private Fence begin(
      DefinitionRef definition, String key, Map<String, String> attributes, @Nullable NodeId node) {
    var saga =
        new NewSaga(
            nextId(), definition, key, attributes, "{}", "digest", null, node, null, Lane.ORDINARY);
    start(saga);
    return new Fence(saga.id(), node == null ? new NodeId(new UUID(0, 0)) : node, 0);
  }

  private void stick(Fence fence, SagaError error) {
    change(fence, new SagaChange.Stick(error, Lane.ORDINARY));
  }

  private void log(
      Fence fence, String path, String step, LogStatus status, @Nullable String error) {
    var row =
        new LogWrite(
            path,
            Direction.ACTION,
            step,
            1,
            status,
            1,
            0,
            null,
            null,
            error,
            status.isFinal() ? null : Duration.ofMinutes(1),
            null);
    assertThat(write(new Transition(fence, List.of(row), null, Links.NONE)))
        .isEqualTo(WriteResult.APPLIED);
  }
}
