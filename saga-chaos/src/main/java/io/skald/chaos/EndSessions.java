package io.skald.chaos;

import java.util.List;
import java.util.Random;

/** Sessions of the nodes are terminated; of those that are busy first, if there are any. */
record EndSessions(int sessions, long seed) implements Fault {
  private static final String SESSIONS =
      """
      select pid
      from pg_stat_activity
      where application_name like 'node%'
      order by state = 'idle', pid
      """;
  private static final String END = "select pg_terminate_backend(?)";

  @Override
  public Kind kind() {
    return Kind.TERMINATE;
  }

  @Override
  public int strike(Scene scene) {
    var random = new Random(seed);
    int ended = 0;
    List<List<String>> found = scene.database().rows(SESSIONS);
    for (int i = 0; i < sessions && !found.isEmpty(); i++) {
      // the first ones twice as often
      int index = Math.min(random.nextInt(found.size()), random.nextInt(found.size()));
      Integer pid = Integer.valueOf(found.get(index).getFirst());
      ended += scene.database().rows(END, pid).getFirst().getFirst().equals("t") ? 1 : 0;
    }
    return ended;
  }
}
