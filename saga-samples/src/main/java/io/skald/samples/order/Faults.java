package io.skald.samples.order;

import io.skald.samples.order.Trouble.Kind;
import io.skald.samples.order.Trouble.Place;
import java.time.Duration;

/**
 * What goes wrong on purpose at one place of a service. It is decided by the request's trouble and
 * attempt alone, so a service that was killed goes on where it was.
 */
final class Faults {
  private final Place place;
  private final Duration slow;
  private final Duration stalled;

  /**
   * The faults of one place.
   *
   * @param slow how long a slow request waits before it takes effect: past one time limit
   * @param stalled how long a stalled one waits: until after its saga gave up
   */
  Faults(Place place, Duration slow, Duration stalled) {
    this.place = place;
    this.slow = slow;
    this.stalled = stalled;
  }

  /** Takes the time the request's trouble takes, before anything is done. */
  void beforeEffect(Request request) throws InterruptedException {
    switch (kind(request)) {
      case SLOW -> {
        if (isFirst(request)) {
          Thread.sleep(slow);
        }
      }
      case STALLED -> Thread.sleep(stalled);
      case NONE, LOST -> {}
    }
  }

  /** Lets the answer go, or loses it, after everything is done and committed. */
  Answer afterEffect(Request request, Answer answer) throws AnswerLostException {
    if (kind(request) == Kind.LOST && isFirst(request)) {
      throw new AnswerLostException();
    }
    return answer;
  }

  private Kind kind(Request request) {
    Trouble trouble = Trouble.parse(request.findHeader(Request.TROUBLE).orElse(""));
    return trouble.place() == place ? trouble.kind() : Kind.NONE;
  }

  private static boolean isFirst(Request request) {
    return request.header(Request.ATTEMPT).equals("1");
  }
}
