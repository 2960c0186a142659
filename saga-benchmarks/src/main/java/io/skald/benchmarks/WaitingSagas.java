package io.skald.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/** Looks at what waiting sagas hold, in a process of its own whose heap is bounded. */
final class WaitingSagas {
  private WaitingSagas() {}

  static void report(Server server, int sagas, PrintStream out)
      throws IOException, InterruptedException {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    List<String> command =
        List.of(
            java.toString(),
            "-Xmx512m",
            "-Djdk.trackAllThreads=true", // so that a dump of all threads shows virtual ones
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
            "-cp",
            System.getProperty("java.class.path"),
            WaitingProcess.class.getName(),
            server.url(),
            Integer.toString(sagas));
    out.printf("%,d sagas wait in a process with 512 MiB of heap%n", sagas);
    out.flush();
    int status = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (status != 0) {
      throw new IOException("the process ended with status " + status + " (expected: 0)");
    }
  }
}
