package io.skald.chaos;

import java.io.IOException;
import java.time.Duration;

/** SIGSTOP for a node, and SIGCONT later: a long pause of its collector, or of its machine. */
record Pause(int node, Duration length) implements Fault {
  @Override
  public Kind kind() {
    return Kind.PAUSE;
  }

  @Override
  public int strike(Scene scene) throws InterruptedException, IOException {
    if (!scene.cluster().awaitMember(node)) {
      return 0;
    }
    ProcessHandle process = scene.cluster().node(node).process().toHandle();
    try {
      Signals.send("STOP", process);
    } catch (IOException e) {
      // it died before
      return 0;
    }
    Scene.pause(length.toMillis());
    if (process.isAlive()) {
      proceed(process);
    }
    return 1;
  }

  /** It may be killed meanwhile. */
  private static void proceed(ProcessHandle process) throws InterruptedException, IOException {
    try {
      Signals.send("CONT", process);
    } catch (IOException e) {
      if (process.isAlive()) {
        throw e;
      }
    }
  }
}
