package io.skald.samples.order;

import java.io.PrintStream;
import java.time.Duration;
import java.util.List;

/** What the one who watches sees: a line per second, and a line for everything that is broken. */
final class Progress {
  private final PrintStream out;
  private final Glyphs glyphs;
  private final long start = System.nanoTime();

  Progress(PrintStream out) {
    this.out = out;
    this.glyphs = Glyphs.in(out.charset());
  }

  Glyphs glyphs() {
    return glyphs;
  }

  Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - start);
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

  /** The header of the counts. */
  void header() {
    say("");
    say("  time   placed   in flight   shipped   cancelled");
  }

  /** The counts of this second. */
  void counts(int placed, Counts counts) {
    String stuck = counts.stuck() == 0 ? "" : "   " + counts.stuck() + " STUCK";
    say(
        "%s   %,6d   %,9d   %,7d   %,9d%s"
            .formatted(
                time(), placed, counts.inFlight(), counts.shipped(), counts.cancelled(), stuck));
  }

  /** Something that was done to the services. */
  void event(String text) {
    say("%s   %s %s".formatted(time(), glyphs.event(), text));
  }

  private String time() {
    long seconds = elapsed().toSeconds();
    return "%3d:%02d".formatted(seconds / 60, seconds % 60);
  }
}
