package io.skald.messaging;

import io.skald.engine.spi.OutboxMessage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/** Keeps what it is sent, in the order it came, and answers a moment later. */
final class Broker implements Transport {
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<OutboxMessage> kept = new ArrayList<>();
  private volatile Function<OutboxMessage, Answer> mood = message -> Answer.KEPT;

  /** What it says to a message. */
  enum Answer {
    KEPT,
    REFUSED,
    FAILED,
    /** That it has failed, before it is even sent. */
    THROWS,
    /** That a library is missing, before it is even sent. */
    THROWS_AN_ERROR,
    /** Nothing at all, and the message is lost. */
    SILENCE,
    /** Nothing, but it has the message. */
    KEPT_IN_SILENCE,
    /** That it has the message, half a second later. */
    KEPT_LATE
  }

  void answers(Function<OutboxMessage, Answer> answer) {
    mood = answer;
  }

  /** What it does to one payload, and everything else is kept. */
  void answersTo(String payload, Answer answer) {
    answers(message -> payload(message).equals(payload) ? answer : Answer.KEPT);
  }

  static String payload(OutboxMessage message) {
    return new String(message.payload(), StandardCharsets.UTF_8);
  }

  @Override
  public CompletionStage<Void> send(OutboxMessage message) {
    switch (mood.apply(message)) {
      case THROWS -> throw new IllegalStateException("not even sent");
      case THROWS_AN_ERROR -> throw new NoClassDefFoundError("the client library");
      case KEPT, REFUSED, FAILED, SILENCE, KEPT_IN_SILENCE, KEPT_LATE -> {}
    }
    var answer = new CompletableFuture<Void>();
    var unused = threads.submit(() -> take(message, answer));
    return answer;
  }

  private void take(OutboxMessage message, CompletableFuture<Void> answer) {
    LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(2_000_000));
    switch (mood.apply(message)) {
      case KEPT -> {
        keep(message);
        answer.complete(null);
      }
      case KEPT_IN_SILENCE -> keep(message);
      case KEPT_LATE -> {
        LockSupport.parkNanos(500_000_000);
        keep(message);
        answer.complete(null);
      }
      case REFUSED -> answer.completeExceptionally(new RefusedMessageException("too large"));
      case FAILED -> answer.completeExceptionally(new IllegalStateException("try later"));
      case SILENCE, THROWS, THROWS_AN_ERROR -> {}
    }
  }

  private synchronized void keep(OutboxMessage message) {
    kept.add(message);
  }

  /** The payloads of a key, in the order of their first coming. */
  synchronized List<String> firstOf(String key) {
    var payloads = new LinkedHashSet<String>();
    kept.stream()
        .filter(message -> key.equals(message.keyOrNull()))
        .forEach(message -> payloads.add(payload(message)));
    return List.copyOf(payloads);
  }

  /** How many came before the first one of a key. */
  synchronized int placeOf(String key) {
    return kept.stream().map(OutboxMessage::keyOrNull).toList().indexOf(key);
  }

  synchronized int count() {
    return kept.size();
  }

  /** How often each message came. */
  synchronized Map<Long, Integer> times() {
    Map<Long, Integer> times = new HashMap<>();
    kept.forEach(message -> times.merge(message.position(), 1, Integer::sum));
    return times;
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
