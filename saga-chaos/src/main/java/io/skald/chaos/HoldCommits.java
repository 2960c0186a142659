package io.skald.chaos;

import java.time.Duration;
import java.util.List;
import java.util.Random;

/**
 * For a while no commit is answered, as they wait for a standby that is not there; some of those
 * who wait are ended, whose commits are made and whose clients are not told. Over when the nodes
 * have joined again.
 */
record HoldCommits(Duration length, long seed) implements Fault {
  private static final String HOLD = "alter system set synchronous_standby_names = 'nosuch'";
  private static final String RELEASE = "alter system reset synchronous_standby_names";
  private static final String RELOAD = "select pg_reload_conf()";
  private static final String WAITING =
      """
      select pid
      from pg_stat_activity
      where application_name like 'node%'
        and wait_event = 'SyncRep'
      order by pid
      """;
  private static final String END = "select pg_terminate_backend(?)";
  private static final int LOOK_EVERY = 100;

  @Override
  public Kind kind() {
    return Kind.HOLD;
  }

  @Override
  public int strike(Scene scene) throws InterruptedException {
    ChaosDatabase database = scene.database();
    var random = new Random(seed);
    int inDoubt = 0;
    database.execute(HOLD);
    try {
      var unused = database.rows(RELOAD);
      for (long waited = 0; waited < length.toMillis(); waited += LOOK_EVERY) {
        Scene.pause(LOOK_EVERY);
        inDoubt += endOneOfThose(database, random);
      }
    } finally {
      database.execute(RELEASE);
      var unused = database.rows(RELOAD);
    }
    scene.commitsInDoubt().addAndGet(inDoubt);
    scene.awaitMembers();
    return inDoubt;
  }

  private static int endOneOfThose(ChaosDatabase database, Random random) {
    List<List<String>> waiting = database.rows(WAITING);
    if (waiting.isEmpty()) {
      return 0;
    }
    Integer pid = Integer.valueOf(waiting.get(random.nextInt(waiting.size())).getFirst());
    return database.rows(END, pid).getFirst().getFirst().equals("t") ? 1 : 0;
  }
}
