package io.skald.chaos;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** The server goes down and comes back; over when the nodes have joined again. */
record RestartServer(DatabaseServer.Shutdown shutdown, Duration down) implements Fault {
  @Override
  public Kind kind() {
    return switch (shutdown) {
      case FAST -> Kind.RESTART_FAST;
      case IMMEDIATE -> Kind.RESTART_IMMEDIATE;
      case KILL -> Kind.RESTART_KILL;
    };
  }

  @Override
  public int strike(Scene scene) throws IOException, InterruptedException, TimeoutException {
    scene.server().stop(shutdown);
    Scene.pause(down.toMillis());
    scene.server().startAgain();
    scene.awaitMembers();
    return 1;
  }
}
