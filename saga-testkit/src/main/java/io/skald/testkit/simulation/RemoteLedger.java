package io.skald.testkit.simulation;

import io.skald.saga.SagaId;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.AsyncCall;
import io.skald.saga.step.Call;
import io.skald.saga.step.CompensationCall;
import io.skald.saga.view.Direction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A participant as it should be: idempotent by key, with a barrier, so that a compensation refuses
 * an action that arrives after it. Keeps every request, in order. Handlers of a definition call it,
 * and {@link SagaSimulator#remote} lets the simulation check what it was asked for. Emptied when a
 * simulation begins. Used by one simulation at a time.
 */
public final class RemoteLedger {
  private final List<Request> requests = new ArrayList<>();
  private final Map<String, Integer> effects = new HashMap<>();
  private final Set<String> compensated = new HashSet<>();
  private final Set<String> barred = new HashSet<>();
  private final Set<String> confirmed = new HashSet<>();
  private Consumer<Request> observer = request -> {};
  private Consumer<HandedOut> worker = work -> {};

  /** A ledger with nothing in it. */
  public RemoteLedger() {}

  /**
   * A request as it arrived.
   *
   * @param saga the saga
   * @param path where the step stands: its name, or its path within a {@code forEach}
   * @param direction what was asked for
   * @param key the idempotency key of the action
   * @param attempt the attempt's number, from 1
   */
  public record Request(SagaId saga, String path, Direction direction, String key, int attempt) {}

  /**
   * Work that was handed out: somebody has it from now on.
   *
   * @param saga the saga
   * @param path where the step stands
   * @param token what it is completed by
   */
  record HandedOut(SagaId saga, String path, String token) {}

  /**
   * Takes effect, once for each key.
   *
   * @throws PermanentFailure if the key is barred or its action is compensated
   */
  public synchronized void perform(Call call) {
    String key = call.idempotencyKey();
    arrived(new Request(call.sagaId(), pathOf(key), Direction.ACTION, key, call.attempt()));
    if (compensated.contains(key) || barred.contains(key)) {
      throw new PermanentFailure("called off already");
    }
    if (call instanceof AsyncCall async) {
      has(async, key);
    }
    effects.putIfAbsent(key, call.attempt());
  }

  /** Takes work that it will fail to do: no effect is left behind. */
  synchronized void receive(AsyncCall call) {
    String key = call.idempotencyKey();
    arrived(new Request(call.sagaId(), pathOf(key), Direction.ACTION, key, call.attempt()));
    has(call, key);
  }

  private void has(AsyncCall call, String key) {
    worker.accept(new HandedOut(call.sagaId(), pathOf(key), call.completionToken()));
  }

  /** Compensates the action of the call, whether or not it ever arrived. */
  public synchronized void compensate(CompensationCall call) {
    String key = call.actionKey();
    arrived(new Request(call.sagaId(), pathOf(key), Direction.COMPENSATION, key, call.attempt()));
    compensated.add(key);
  }

  /**
   * Confirms the action of a TCC step.
   *
   * @throws PermanentFailure if it took no effect, or is cancelled
   */
  public synchronized void confirm(Call call) {
    String path = pathOf(call.idempotencyKey());
    String key = keyOf(call.sagaId(), path);
    arrived(new Request(call.sagaId(), path, Direction.CONFIRM, key, call.attempt()));
    if (compensated.contains(key) || !effects.containsKey(key)) {
      throw new PermanentFailure("nothing there to confirm");
    }
    confirmed.add(key);
  }

  /** Cancels the action of a TCC step, whether or not it ever arrived. */
  public synchronized void cancel(CompensationCall call) {
    String key = call.actionKey();
    arrived(new Request(call.sagaId(), pathOf(key), Direction.CANCEL, key, call.attempt()));
    compensated.add(key);
  }

  /** Whether the action of the call has taken effect. */
  public synchronized boolean has(Call call) {
    return effects.containsKey(call.idempotencyKey());
  }

  /** Sees to it that the action of the call, if it has not taken effect, never will. */
  public synchronized void bar(Call call) {
    if (!has(call)) {
      barred.add(call.idempotencyKey());
    }
  }

  /** What arrived, in order. */
  public synchronized List<Request> requests() {
    return List.copyOf(requests);
  }

  /** The keys of the actions that took effect and were not compensated. */
  public synchronized Set<String> standing() {
    var standing = new HashSet<>(effects.keySet());
    standing.removeAll(compensated);
    return standing;
  }

  synchronized boolean isCompensated(String key) {
    return compensated.contains(key);
  }

  synchronized boolean isConfirmed(String key) {
    return confirmed.contains(key);
  }

  synchronized boolean isEffective(String key) {
    return effects.containsKey(key);
  }

  /**
   * Forgets everything, and tells of every request and of all work that is handed out from now on.
   */
  synchronized void reset(Consumer<Request> next, Consumer<HandedOut> nextWorker) {
    requests.clear();
    effects.clear();
    compensated.clear();
    barred.clear();
    confirmed.clear();
    observer = next;
    worker = nextWorker;
  }

  private void arrived(Request request) {
    requests.add(request);
    observer.accept(request);
  }

  static String keyOf(SagaId saga, String path) {
    return saga + ":" + path + ":action";
  }

  private static String pathOf(String key) {
    return key.split(":", -1)[1];
  }
}
