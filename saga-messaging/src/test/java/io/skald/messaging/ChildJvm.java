package io.skald.messaging;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A main class of the tests in a JVM of its own, to be killed and stopped. */
final class ChildJvm {
  private ChildJvm() {}

  /** Starts it; what it says is added to a file. */
  static Process start(Class<?> main, File output, String... arguments) throws IOException {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(output))
        .start();
  }

  /**
   * Sends a signal that Java has no method for.
   *
   * @param name without SIG: {@code STOP}
   */
  static void signal(String name, Process process) throws IOException, InterruptedException {
    int status =
        new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor();
    if (status != 0) {
      throw new IOException("SIG%s could not be sent to process %d".formatted(name, process.pid()));
    }
  }
}
