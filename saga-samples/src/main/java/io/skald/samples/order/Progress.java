package io.skald.samples.order;

import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;

/** What the one who watches sees: a line per second, and a line for everything that is broken. */
final class Progress {
  private final PrintStream out;
  private final Glyphs glyphs;
  private final LongSupplier nanoTime;
  private final long start;
  private volatile long begun;

  /**
   * Progress, on a monotonic clock.
   *
   * @param nanoTime the clock, in nanoseconds
   */
  Progress(PrintStream out, LongSupplier nanoTime) {
    this.out = out;
    this.nanoTime = nanoTime;
    this.start = nanoTime.getAsLong();
    this.begun = start;
    this.glyphs = Glyphs.in(out.charset());
  }

  Glyphs glyphs() {
    return glyphs;
  }

  /** How long it is since the very beginning. */
  Duration elapsed() {
    return since(start);
  }

  /** Text as it is. */
  synchronized void say(String line) {
    out.println(line);
    out.flush();
  }

  /** Lines as they are, one below the other. */
  synchronized void say(List<String> lines) {
    lines.forEach(out::println);
    out.flush();
  }

  /** The header of the counts, whose clock begins now. */
  void header() {
    begun = nanoTime.getAsLong();
    say("");
    say("  time   placed   in flight   shipped   compensated");
  }

  /** The counts of this second. */
  void counts(int placed, Counts counts) {
    String stuck = counts.stuck() == 0 ? "" : "   " + counts.stuck() + " STUCK";
    say(
        "%s   %,6d   %,9d   %,7d   %,11d%s"
            .formatted(
                time(), placed, counts.inFlight(), counts.shipped(), counts.compensated(), stuck));
  }

  /** Something that was done to the services. */
  void event(String text) {
    say("%s   %s %s".formatted(time(), glyphs.event(), text));
  }

  private String time() {
    long seconds = since(begun).toSeconds();
    return "%3d:%02d".formatted(seconds / 60, seconds % 60);
  }

  private Duration since(long nanos) {
    return Duration.ofNanos(nanoTime.getAsLong() - nanos);
  }
}
