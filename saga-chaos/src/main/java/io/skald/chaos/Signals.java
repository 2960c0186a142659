package io.skald.chaos;

import java.io.IOException;

/** The signals Java has no method for. */
final class Signals {
  private Signals() {}

  /**
   * Sends a signal to a process.
   *
   * @param name without SIG: {@code STOP}
   */
  static void send(String name, ProcessHandle process) throws IOException, InterruptedException {
    int status =
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
    if (status != 0) {
      throw new IOException("SIG%s could not be sent to process %d".formatted(name, process.pid()));
    }
  }
}
