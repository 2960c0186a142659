package io.skald.samples.order;

import io.skald.saga.view.Direction;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The story of one saga as text: what was recorded at which time after the start, how many attempts
 * it took, and from where on the saga compensated.
 */
final class TextTimeline {
  private static final int WIDTH = 30;
  private static final int NOTE_MAX = 76;

  private final SagaReport saga;
  private final Glyphs glyphs;
  private final Duration whole;

  private TextTimeline(SagaReport saga, Glyphs glyphs) {
    this.saga = saga;
    this.glyphs = glyphs;
    this.whole = Duration.between(saga.startedAt(), lastInstant(saga));
  }

  /** The lines of the timeline. */
  static List<String> of(SagaReport saga, Glyphs glyphs) {
    return new TextTimeline(saga, glyphs).lines();
  }

  private List<String> lines() {
    var lines = new ArrayList<String>();
    lines.add(
        "Order %s: %s %s %s"
            .formatted(
                saga.key(),
                saga.status(),
                saga.status().isEnd() ? "after" : "since",
                seconds(whole).strip()));
    lines.add("  %s  started".formatted(seconds(Duration.ZERO)));
    Instant from = saga.startedAt();
    boolean compensating = false;
    for (SagaReport.Happened happened : saga.happened()) {
      if (happened.direction() == Direction.COMPENSATION && !compensating) {
        compensating = true;
        lines.add(note("compensates in reverse order, because: " + saga.reason().orElse("?")));
      }
      Instant to = happened.finishedAt().orElse(happened.firstAt());
      lines.add(line(happened, from, to));
      if (!happened.lastError().equals(saga.reason())) {
        happened.lastError().ifPresent(error -> lines.add(note("last error: " + error)));
      }
      from = to;
    }
    if (saga.status() == SagaStatus.RUNNING || saga.status() == SagaStatus.COMPENSATING) {
      lines.add(note("next: " + saga.next()));
    }
    return lines;
  }

  private String line(SagaReport.Happened happened, Instant from, Instant to) {
    boolean back = happened.direction() == Direction.COMPENSATION;
    String name = back ? "compensate " + happened.step() : happened.step();
    int begin = column(from);
    int length = Math.max(1, column(to) - begin);
    String bar = " ".repeat(begin) + (back ? glyphs.backBar() : glyphs.bar()).repeat(length);
    return "  %s  %-25s |%-31s| %s"
        .formatted(seconds(Duration.between(saga.startedAt(), to)), name, bar, end(happened));
  }

  private static String end(SagaReport.Happened happened) {
    String status = happened.status().name().toLowerCase(Locale.ROOT);
    return happened.attempts() > 1 ? status + ", attempt " + happened.attempts() : status;
  }

  private static String note(String text) {
    String flat = text.replaceAll("\\s+", " ");
    String cut = flat.length() > NOTE_MAX ? flat.substring(0, NOTE_MAX) + "..." : flat;
    return " ".repeat(13) + cut;
  }

  private int column(Instant at) {
    long total = Math.max(1, whole.toMillis());
    long part = Duration.between(saga.startedAt(), at).toMillis();
    return Math.clamp(part * WIDTH / total, 0, WIDTH);
  }

  private static Instant lastInstant(SagaReport saga) {
    Instant last = saga.finishedAt().orElse(saga.startedAt());
    for (SagaReport.Happened happened : saga.happened()) {
      Instant at = happened.finishedAt().orElse(happened.firstAt());
      last = at.isAfter(last) ? at : last;
    }
    return last;
  }

  private static String seconds(Duration duration) {
    return String.format(Locale.ROOT, "%7.3f s", duration.toMillis() / 1000.0);
  }
}
