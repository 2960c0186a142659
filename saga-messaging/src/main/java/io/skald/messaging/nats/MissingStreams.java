package io.skald.messaging.nats;

import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Whether no stream has a subject, or it just does not answer: to who publishes it looks the same.
 * Safe for use by several threads.
 */
final class MissingStreams {
  private final JetStreamManagement management;

  /** Each question that is asked just now: whoever else has it waits for the same answer. */
  private final ConcurrentMap<String, CompletableFuture<Boolean>> questions =
      new ConcurrentHashMap<>();

  MissingStreams(JetStreamManagement management) {
    this.management = management;
  }

  /** Asks the server; false if that does not answer. */
  CompletableFuture<Boolean> isMissing(String subject) {
    return questions.computeIfAbsent(subject, this::ask);
  }

  private CompletableFuture<Boolean> ask(String subject) {
    var answer = new CompletableFuture<Boolean>();
    // what the client calls back on may not wait for the client
    var unused = Thread.ofVirtual().name("skald-nats-look-up").start(() -> ask(subject, answer));
    return answer;
  }

  private void ask(String subject, CompletableFuture<Boolean> answer) {
    boolean isMissing = false;
    try {
      isMissing = management.getStreamNames(subject).isEmpty();
    } catch (IOException | JetStreamApiException | RuntimeException e) {
      // no answer: nothing is known, and the message is tried again
    } finally {
      questions.remove(subject);
      answer.complete(isMissing);
    }
  }
}
