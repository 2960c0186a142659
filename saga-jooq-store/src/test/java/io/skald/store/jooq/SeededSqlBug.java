package io.skald.store.jooq;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Seeded bugs: a clause of a statement that is wrong, and the test that has to see it. They enter
 * between the store and its pool, so the code that ships knows nothing of them.
 */
enum SeededSqlBug {
  /** A node whose saga was taken over, and came back to it, writes for its former self. */
  JOURNAL_FENCE_WITHOUT_EPOCH(
      List.of("and s.epoch = r.epoch", "and s.epoch = c.epoch"),
      "",
      JooqSagaStoreContractTest.class,
      "refusesWhoeverIsNotTheOwnerInThisEpoch"),
  /** A step commits for an owner of an epoch that is over. */
  LOCAL_FENCE_WITHOUT_EPOCH(
      List.of("and s.epoch = ?", "and o.epoch = ?"),
      "and ? < 1000000",
      JooqSagaStoreContractTest.class,
      "refusesALocalAttemptThatWasFencedOutWhileItRan"),
  /** Whoever knows the epoch writes. */
  JOURNAL_FENCE_WITHOUT_OWNER(
      List.of(
          "and s.owner is not distinct from r.owner", "and s.owner is not distinct from c.owner"),
      "",
      JooqSagaStoreContractTest.class,
      "refusesWhoeverIsNotTheOwnerInThisEpoch"),
  /** The fence looks, and lets others change what it saw before it commits. */
  FENCE_WITHOUT_LOCK(
      List.of("for share"), "", LocalFenceTest.class, "waitsForWhoeverRaisesTheEpochAndIsLost"),
  /** A commit in doubt is looked for, and can still come later. */
  SETTLE_ONLY_READS(
      List.of("set epoch = s.epoch + 1,"),
      "set",
      JooqSagaStoreContractTest.class,
      "settlingRaisesTheEpochOfItsOwnSagaAlone"),
  /** The former owner's fence still holds after a takeover. */
  CLAIM_KEEPS_THE_EPOCH(
      List.of("epoch = s.epoch + 1,\n  claimed_epoch"),
      "epoch = s.epoch,\n  claimed_epoch",
      JooqSagaStoreContractTest.class,
      "claimsWhatIsDueAndRaisesTheEpoch"),
  /** Two nodes that claim at once claim the same. */
  CLAIM_WITHOUT_LOCK(
      List.of("for no key update skip locked"),
      "",
      ClaimDueSagasTest.class,
      "twentyNodesClaimEachDueSagaOnce"),
  /** A node that is dead to all others takes what it can get. */
  A_DEAD_NODE_CLAIMS(
      List.of("where n.id = ?\n          and n.expires_at > (select clock_timestamp())"),
      "where n.id = ?",
      JooqSagaStoreContractTest.class,
      "aNodeWhoseLeaseRanOutClaimsNothing"),
  /** Whoever was declared dead is alive again, and its sagas have two owners. */
  HEARTBEAT_REVIVES_THE_DEAD(
      List.of("where id = ?\n  and expires_at > clock_timestamp()"),
      "where id = ?",
      JooqSagaStoreContractTest.class,
      "heartbeatProlongsALiveNodeAndRevivesNoDeadOne"),
  /** Times of a long transaction are those of its beginning. */
  TIMES_OF_THE_TRANSACTION(
      List.of("clock_timestamp()"),
      "now()",
      LocalTransactionsTest.class,
      "aRecordIsDatedByWhenItIsWrittenAndNotByWhenTheTransactionBegan"),
  /** A saga parks over a signal that came since its owner looked, and sleeps on. */
  PARK_OVER_A_SIGNAL(
      List.of("s.signals = c.signals", "o.signals = ?"),
      "true",
      JooqSagaStoreContractTest.class,
      "aParkOverASignalItDoesNotKnowOfWritesNothing"),
  /** A signal counts twice. */
  SIGNAL_TAKEN_TWICE(
      List.of("and m.consumed_at is null"),
      "",
      JooqSagaStoreContractTest.class,
      "aSignalIsConsumedOnce"),
  /** A signal comes, and its saga sleeps on. */
  SIGNAL_WAKES_NOBODY(
      List.of("least(s.wake_at, clock_timestamp())"),
      "s.wake_at",
      JooqSagaStoreContractTest.class,
      "aSignalWakesASagaThatWaits"),
  /** A log row is replaced whatever it has become. */
  ROW_REPLACED_BLINDLY(
      List.of("and l.status = r.old_status", "and l.attempt = r.old_attempt"),
      "",
      JooqSagaStoreContractTest.class,
      "replacesARowOnlyIfItIsWhatWasSeen"),
  /** A saga that kills every node it meets is taken over for ever. */
  CRASHES_NOT_COUNTED(
      List.of("then s.crash_count + 1"),
      "then s.crash_count",
      ClaimDueSagasTest.class,
      "crashesCountUntilALogRowIsWritten"),
  /** Timers fire early. */
  DUE_BEFORE_ITS_TIME(
      List.of("and s.wake_at <= (select clock_timestamp())"),
      "and s.wake_at is not null",
      JooqSagaStoreContractTest.class,
      "tellsOfAParkedSagaOnceItsTimeHasCome"),
  /** Nobody looks for what the dead have left. */
  THE_DEAD_KEEP_THEIR_SAGAS(
      List.of("where n.id = o.owner"),
      "where true",
      JooqSagaStoreContractTest.class,
      "takesASagaFromADeadOwnerAndSaysSo"),
  /** A child that has ended does not tell its parent. */
  PARENT_NOT_TOLD(
      List.of("where p.id = ?", "join skald.saga p on p.id = t.parent_id"),
      "where p.id = ? and false",
      JooqSagaStoreContractTest.class,
      "aParentIsToldWhateverElseIsWritten"),
  /** A saga is deleted while its parent may call it back. */
  PURGED_BEFORE_ITS_PARENT(
      List.of("and s.parent_id is null"),
      "",
      JooqSagaStoreContractTest.class,
      "whatASagaStartedStaysAsLongAsItMayHaveToBeCalledBack");

  private static volatile @Nullable SeededSqlBug inForce;

  private final List<String> clauses;
  private final String replacement;
  private final Class<?> suite;
  private final String test;

  @SuppressWarnings("ImmutableEnumChecker") // counts what the test did
  private final AtomicInteger statements = new AtomicInteger();

  SeededSqlBug(List<String> clauses, String replacement, Class<?> suite, String test) {
    this.clauses = List.copyOf(clauses);
    this.replacement = replacement;
    this.suite = suite;
    this.test = test;
  }

  /** Where the test is that has to see it. */
  Class<?> suite() {
    return suite;
  }

  /** The test that has to see it. */
  String test() {
    return test;
  }

  /** How many statements were wrong. */
  int statements() {
    return statements.get();
  }

  /** Does something while each new store has the bug. */
  void during(Runnable action) {
    inForce = this;
    try {
      action.run();
    } finally {
      inForce = null;
    }
  }

  /** The pool for a new store: the same, unless a bug is in force. */
  static DataSource seededIn(DataSource pool) {
    SeededSqlBug bug = inForce;
    return bug == null ? pool : bug.spoil(DataSource.class, pool);
  }

  private <T> T spoil(Class<T> type, T sound) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              if (method.getName().equals("prepareStatement")) {
                arguments[0] = spoilt((String) arguments[0]);
              }
              try {
                Object answer = method.invoke(sound, arguments);
                return answer instanceof Connection connection
                        && method.getName().equals("getConnection")
                    ? spoil(Connection.class, connection)
                    : answer;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  private String spoilt(String sql) {
    String spoilt = sql;
    for (String clause : clauses) {
      spoilt = spoilt.replace(clause, replacement);
    }
    if (!spoilt.equals(sql)) {
      statements.incrementAndGet();
    }
    return spoilt;
  }
}
