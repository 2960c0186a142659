package io.skald.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The model checker, and the C compiler that its verifiers need. */
final class Spin {
  private static final Path SOURCE = Path.of("src", "test", "model", "saga.pml").toAbsolutePath();
  private static final List<String> MODEL = List.of(SOURCE.toString());

  /** The memory a verifier may take, in MiB. */
  private static final int MEMORY_MAX = 12_000;

  private final Path folder;

  Spin(Path folder) {
    this.folder = folder;
  }

  /** Why nothing can be checked here; empty if it can. */
  static Optional<String> reasonToSkip() {
    List<String> missing =
        Stream.of("spin", "gcc").filter(command -> !isInstalled(command)).toList();
    return missing.isEmpty()
        ? Optional.empty()
        : Optional.of(
            missing + " missing: install spin and gcc (Debian: apt-get install spin gcc)");
  }

  /** Skips the test where they are not installed; fails it where CI runs, which installs them. */
  static void assumeInstalled() {
    Optional<String> reason = reasonToSkip();
    if (System.getenv("CI") != null) {
      assertThat(reason).as("what CI has to install").isEmpty();
    }
    assumeTrue(reason.isEmpty(), () -> reason.orElse(""));
  }

  private static boolean isInstalled(String command) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(place -> Files.isExecutable(Path.of(place, command)));
  }

  /** Goes through the states of a model until one breaks a property. */
  Verdict check(Settings settings, Search search) throws IOException, InterruptedException {
    List<String> compiler =
        List.of("gcc", "-w", "-DNOFAIR", "-DMEMLIM=" + MEMORY_MAX, "-o", "pan", "pan.c");
    make(join(List.of("spin", "-a"), settings.flags(), MODEL));
    make(join(compiler, search.compiled(), List.of()));
    String said = run(join(List.of("./pan", "-E"), search.run(), List.of())).said();
    Path trail = folder.resolve(SOURCE.getFileName() + ".trail");
    return Verdict.of(said, Files.exists(trail) ? story(settings, trail) : List.of());
  }

  /** What the model prints while the execution that was found is gone through again. */
  private List<String> story(Settings settings, Path trail)
      throws IOException, InterruptedException {
    List<String> replay = List.of("spin", "-T", "-k", trail.toString());
    return run(join(replay, settings.flags(), MODEL))
        .said()
        .lines()
        .dropWhile(line -> line.startsWith("spin: warning"))
        .takeWhile(line -> !line.startsWith("spin:"))
        .toList();
  }

  private static List<String> join(List<String> first, List<String> then, List<String> last) {
    return Stream.of(first, then, last).flatMap(List::stream).toList();
  }

  private record Ran(int exitCode, String said) {}

  private void make(List<String> command) throws IOException, InterruptedException {
    Ran ran = run(command);
    assertThat(ran.exitCode()).as("%s: %s", command, ran.said()).isZero();
  }

  private Ran run(List<String> command) throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      return new Ran(process.waitFor(), Files.readString(output));
    } finally {
      // the test's time may be up
      process.destroyForcibly();
    }
  }
}
