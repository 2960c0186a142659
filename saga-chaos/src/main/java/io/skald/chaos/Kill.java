package io.skald.chaos;

/** SIGKILL for a node that runs sagas; another incarnation is started at once. */
record Kill(int node) implements Fault {
  @Override
  public Kind kind() {
    return Kind.KILL;
  }

  @Override
  public int strike(Scene scene) throws InterruptedException {
    if (!scene.cluster().awaitMember(node)) {
      return 0;
    }
    scene.cluster().kill(node);
    return 1;
  }
}
