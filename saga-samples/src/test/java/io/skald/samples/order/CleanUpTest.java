package io.skald.samples.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CleanUpTest {
  @Test
  void leavesNoServerAndNoFolderBehindWhenTheSampleIsKilled() throws Exception {
    Process sample =
        new ProcessBuilder(
                ServiceProcess.java(),
                "-cp",
                System.getProperty("java.class.path"),
                Sample.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var said =
        new BufferedReader(
            new InputStreamReader(sample.getInputStream(), StandardCharsets.UTF_8))) {
      Path folder = Path.of(said.readLine());
      ProcessHandle server = process(said.readLine());
      ProcessHandle cleanUp = process(said.readLine());
      assertThat(folder).isDirectory();

      sample.destroyForcibly();

      cleanUp.onExit().get(60, TimeUnit.SECONDS);
      // by itself a server notices only after a minute that its folder is gone
      server.onExit().get(10, TimeUnit.SECONDS);
      assertThat(folder).doesNotExist();
    } finally {
      sample.destroyForcibly();
    }
  }

  @Test
  void isDismissedWhenTheSampleClosesByItself() throws Exception {
    ProcessHandle cleanUp;
    try (var cluster = new Cluster()) {
      cleanUp = process(Long.toString(cluster.cleanUp().pid()));
    }

    cleanUp.onExit().get(60, TimeUnit.SECONDS);
  }

  @Test
  void leavesAProcessAloneThatHasTheNumberOfAServerThatIsGone(@TempDir Path folder)
      throws Exception {
    Process other =
        new ProcessBuilder(
                ServiceProcess.java(),
                "-cp",
                System.getProperty("java.class.path"),
                Bystander.class.getName())
            .start();
    try {
      writePidFile(folder, other.pid() + "\n/somewhere\n");

      CleanUp.cleanUp(folder);

      assertThat(other.isAlive()).isTrue();
      assertThat(folder).doesNotExist();
    } finally {
      other.destroyForcibly();
    }
  }

  @Test
  void deletesTheFolderOfAServerThatNeverSaysItsNumber(@TempDir Path folder) throws Exception {
    writePidFile(folder, "");

    CleanUp.cleanUp(folder);

    assertThat(folder).doesNotExist();
  }

  @Test
  void waitsForTheNumberOfAServerThatIsStarting(@TempDir Path folder) throws Exception {
    Path pidFile = writePidFile(folder, "12");
    var written =
        CompletableFuture.runAsync(
            () -> assertThatCode(() -> writePidFile(folder, "1234\n")).doesNotThrowAnyException(),
            CompletableFuture.delayedExecutor(200, TimeUnit.MILLISECONDS));

    assertThat(CleanUp.pid(pidFile)).hasValue(1234);
    written.join();
    assertThat(CleanUp.pid(folder.resolve("none"))).isEmpty();
  }

  private static Path writePidFile(Path folder, String text) throws IOException {
    Path data = Files.createDirectories(DatabaseServer.dataIn(folder));
    return Files.writeString(data.resolve("postmaster.pid"), text);
  }

  private static ProcessHandle process(String pid) {
    return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
  }

  /** A process that has nothing to do with the sample. */
  static final class Bystander {
    private Bystander() {}

    /** Waits for the end of its input. */
    public static void main(String... arguments) throws IOException {
      while (System.in.read() >= 0) {
        // until it is killed
      }
    }
  }

  /** A sample that has come as far as its server, and then waits. */
  static final class Sample {
    private Sample() {}

    /** Says the folder, and the processes that must not outlive this one. */
    public static void main(String... arguments) throws IOException {
      var cluster = new Cluster();
      System.out.println(cluster.folder());
      cluster.startDatabases();
      Path pidFile = DatabaseServer.dataIn(cluster.folder()).resolve("postmaster.pid");
      System.out.println(Files.readAllLines(pidFile).getFirst());
      System.out.println(cluster.cleanUp().pid());
      while (System.in.read() >= 0) {
        // until it is killed
      }
    }
  }
}
