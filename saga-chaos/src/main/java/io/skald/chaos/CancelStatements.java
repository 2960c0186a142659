package io.skald.chaos;

/** Whatever the nodes' sessions do is cancelled, again and again for a moment. */
record CancelStatements(int times) implements Fault {
  private static final String CANCEL =
      """
      select count(*)
      from (
        select pg_cancel_backend(pid) as cancelled
        from pg_stat_activity
        where application_name like 'node%'
          and state = 'active'
      ) c
      where cancelled
      """;

  @Override
  public Kind kind() {
    return Kind.CANCEL;
  }

  @Override
  public int strike(Scene scene) throws InterruptedException {
    int cancelled = 0;
    for (int i = 0; i < times; i++) {
      cancelled += Math.toIntExact(scene.database().count(CANCEL));
      Scene.pause(10);
    }
    return cancelled;
  }
}
