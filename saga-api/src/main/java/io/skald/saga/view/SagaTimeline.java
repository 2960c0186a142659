package io.skald.saga.view;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The story of one saga as text, for a terminal, a log or a ticket: what was recorded when, how
 * many attempts it took, from where on the saga compensated and why, and what is next.
 *
 * <pre>
 * place-order order-4711: COMPENSATED after 0.300 s
 *   saga 01936b2c-0000-7000-8000-000000000001, version 1
 *   started 2026-02-14T10:00:00.000Z; below: seconds since then
 *      0.000 s  started
 *      0.100 s  create-order             |##########                     | succeeded
 *      0.200 s  charge-card              |          ##########           | failed after 2 attempts
 *               compensates in reverse order, because: PermanentFailure: card declined
 *      0.300 s  compensate create-order  |                    &lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt; | succeeded
 * </pre>
 *
 * <p>Instants are in UTC and, like the seconds, exact to the millisecond, by the database's clock.
 * A step stands at the time it came to its end, or was first recorded as long as it has not. When
 * an attempt begins is not recorded: a bar begins where the last step had ended before its own was
 * first recorded, so that steps beside each other have bars below each other. Everything but the
 * texts of errors and reasons and the business key is ASCII, on one line each; a name is cut to 40
 * characters and a text to 120. What errors and reasons say comes from the exceptions of the saga's
 * own code; there is no payload. The form is for people and may change with any version. Immutable.
 */
public final class SagaTimeline {
  /** With its milliseconds even where they are zero, so that instants are of one width. */
  private static final DateTimeFormatter UTC =
      new DateTimeFormatterBuilder().appendInstant(3).toFormatter(Locale.ROOT);

  private static final int BAR = 30;
  private static final int LABEL_MAX = 40;
  private static final int NOTE_MAX = 120;
  private static final int TIME_MIN = 9;

  private final SagaView saga;
  private final Duration whole;
  private final NavigableSet<Instant> ends;
  private final int timeWidth;
  private final int labelWidth;

  private SagaTimeline(SagaView saga) {
    this.saga = saga;
    this.whole = Duration.between(saga.createdAt(), lastInstant(saga));
    this.ends =
        saga.steps().stream()
            .flatMap(step -> step.finishedAt().stream())
            .collect(Collectors.toCollection(TreeSet::new));
    this.timeWidth = Math.max(TIME_MIN, seconds(whole).length());
    this.labelWidth = saga.steps().stream().mapToInt(step -> label(step).length()).max().orElse(0);
  }

  /** The timeline of a saga as it stood when it was read. */
  public static SagaTimeline of(SagaView saga) {
    return new SagaTimeline(saga);
  }

  /** The lines, without line ends; at least four. */
  public List<String> lines() {
    var lines = new ArrayList<>(head());
    boolean turned = false;
    for (SagaView.StepView step : saga.steps()) {
      if (step.direction().isBackward() && !turned) {
        turned = true;
        lines.add(turn());
      }
      lines.add(line(step));
      errorOf(step).ifPresent(error -> lines.add(note("error: " + error)));
    }
    if (isCompensation() && !turned) {
      lines.add(turn());
    }
    lines.addAll(foot());
    return List.copyOf(lines);
  }

  /** The lines, with a line feed between them. */
  @Override
  public String toString() {
    return String.join("\n", lines());
  }

  private List<String> head() {
    String end =
        saga.finishedAt()
            .map(at -> " after " + seconds(Duration.between(saga.createdAt(), at)))
            .orElse("");
    String parent =
        saga.parent()
            .map(by -> ", started by saga %s at step %s".formatted(by.id(), by.path()))
            .orElse("");
    return List.of(
        "%s %s: %s%s".formatted(saga.definition(), saga.businessKey(), saga.status(), end),
        "  saga %s, version %d%s".formatted(saga.id(), saga.version(), parent),
        "  started %s; below: seconds since then".formatted(utc(saga.createdAt())),
        timed(Duration.ZERO, "started"));
  }

  private List<String> foot() {
    var lines = new ArrayList<String>();
    if (saga.status() == SagaStatus.STUCK || saga.status() == SagaStatus.RESOLVED) {
      String what = saga.status().name().toLowerCase(Locale.ROOT);
      lines.add(note(what + saga.reason().map(why -> ", because: " + why).orElse("")));
    }
    if (saga.isOverdue()) {
      lines.add(note("overdue" + saga.deadlineAt().map(at -> " since " + utc(at)).orElse("")));
    }
    saga.erasedAt().ifPresent(at -> lines.add(note("erased at " + utc(at))));
    if (!saga.status().isEnd()) {
      lines.add(
          note("next: " + saga.next() + saga.nextAt().map(at -> ", at " + utc(at)).orElse("")));
    }
    return lines;
  }

  private boolean isCompensation() {
    return saga.status() == SagaStatus.COMPENSATING || saga.status() == SagaStatus.COMPENSATED;
  }

  /** A saga that is stuck or was resolved has the reason of that, not of its turn. */
  private String turn() {
    Optional<String> why = isCompensation() ? saga.reason() : Optional.empty();
    return note("compensates in reverse order" + why.map(text -> ", because: " + text).orElse(""));
  }

  private String line(SagaView.StepView step) {
    Instant to = at(step);
    int begin = column(begin(step));
    int length = Math.max(1, column(to) - begin);
    String sign = step.direction().isBackward() ? "<" : "#";
    String bar = " ".repeat(begin) + sign.repeat(length);
    String form = "%-" + Math.max(1, labelWidth) + "s  |%-" + (BAR + 1) + "s| %s";
    return timed(
        Duration.between(saga.createdAt(), to), form.formatted(label(step), bar, end(step)));
  }

  private static String label(SagaView.StepView step) {
    String name =
        switch (step.direction()) {
          case ACTION -> step.path();
          case COMPENSATION -> "compensate " + step.path();
          case CONFIRM -> "confirm " + step.path();
          case CANCEL -> "cancel " + step.path();
        };
    return cut(name, LABEL_MAX);
  }

  private static String end(SagaView.StepView step) {
    String after = step.attempt() > 1 ? " after " + step.attempt() + " attempts" : "";
    return switch (step.status()) {
      case STARTED -> "started, no answer yet";
      case WAITING -> "waiting" + decision(step);
      case RETRYING -> "to be attempted again" + after;
      case SUCCEEDED -> "succeeded" + after + decision(step);
      case FAILED -> "failed" + after + decision(step);
      case UNKNOWN -> "outcome unknown" + after + decision(step);
      case SKIPPED -> "skipped by an operator";
    };
  }

  private static String decision(SagaView.StepView step) {
    return step.decision().map(words -> ", " + cut(words, NOTE_MAX)).orElse("");
  }

  /** What succeeded after all keeps the error of an earlier attempt, which is nobody's trouble. */
  private Optional<String> errorOf(SagaView.StepView step) {
    boolean isSettled = step.status() == LogStatus.SUCCEEDED || step.status() == LogStatus.SKIPPED;
    boolean isReason = saga.status() != SagaStatus.RUNNING && step.error().equals(saga.reason());
    return isSettled || isReason ? Optional.empty() : step.error();
  }

  private String timed(Duration since, String text) {
    return "  %s  %s".formatted(padded(seconds(since)), text);
  }

  private String note(String text) {
    return " ".repeat(timeWidth + 4) + cut(text, NOTE_MAX);
  }

  private String padded(String time) {
    return " ".repeat(Math.max(0, timeWidth - time.length())) + time;
  }

  private int column(Instant at) {
    long total = Math.max(1, whole.toMillis());
    long part = Duration.between(saga.createdAt(), at).toMillis();
    return Math.clamp(part * BAR / total, 0, BAR);
  }

  private Instant begin(SagaView.StepView step) {
    Instant before = ends.lower(step.createdAt());
    return before == null ? saga.createdAt() : before;
  }

  private static Instant at(SagaView.StepView step) {
    return step.finishedAt().orElse(step.createdAt());
  }

  private static Instant lastInstant(SagaView saga) {
    Instant last = saga.finishedAt().orElse(saga.createdAt());
    for (SagaView.StepView step : saga.steps()) {
      last = at(step).isAfter(last) ? at(step) : last;
    }
    return last;
  }

  private static String seconds(Duration duration) {
    return String.format(Locale.ROOT, "%.3f s", duration.toMillis() / 1000.0);
  }

  private static String utc(Instant at) {
    return UTC.format(at);
  }

  /** On one line, without what a terminal takes for a command, and not split within a character. */
  private static String cut(String text, int max) {
    String flat = text.replaceAll("[\\s\\p{Cc}\\p{Cf}]+", " ").strip();
    return flat.codePointCount(0, flat.length()) <= max
        ? flat
        : flat.codePoints()
                .limit(max - 3L)
                .mapToObj(Character::toString)
                .collect(Collectors.joining())
            + "...";
  }
}
