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
  /** What may have killed its owners waits for room that new sagas have. */
  SUSPECTS_ARE_NEVER_URGENT(
      List.of(
          "table suspect\n  union all\n  table dead\n  union all\n  table due_suspect\n"
              + "  union all\n  table urgent"),
      "table dead\n  union all\n  table urgent",
      JooqSagaStoreContractTest.class,
      "whatTwoOwnersDiedWithIsClaimedOneAtATimeBesideAllElse"),
  /** One saga of a later version's stops every claim. */
  CLAIM_OF_AN_UNKNOWN_STATUS(
      List.of("s.status in ('RUNNING', 'COMPENSATING')"),
      "true",
      LaterVersionsTest.class,
      "aClaimPassesOverASagaWhoseStatusItDoesNotKnow"),
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
      "whatASagaStartedStaysAsLongAsItMayHaveToBeCalledBack"),
  /** Whoever asks while a lock is free gets it, though others wait. */
  LOCK_PASSES_WHO_WAITS(
      List.of("and (w.since, w.saga_id) < (m.since, m.saga_id)"),
      "and false",
      JooqSagaStoreContractTest.class,
      "itsPlaceIsThatOfItsFirstAskingThoughNobodyHasTheLock"),
  /** A lock is given to a saga that sleeps, and does not learn of it. */
  LOCK_GIVEN_UNTOLD(
      List.of("and exists (select from taken)"),
      "and false and exists (select from taken)",
      JooqSagaStoreContractTest.class,
      "nobodySleepsOverItsLocksThoughItWasNotTold"),
  /** Some of a saga's locks are given to it, and it waits for the rest. */
  LOCKS_ONE_BY_ONE(
      List.of("where cardinality(o.free) <= o.before"),
      "where o.name = p.name and o.key = p.key and cardinality(o.free) <= o.before",
      JooqSagaStoreContractTest.class,
      "aSagaIsGivenAllOfItsLocksOrNone"),
  /** An end leaves no note of what it gave back. */
  LOCK_GIVEN_BACK_SILENTLY(
      List.of("from freed d"),
      "from freed d where false",
      JooqSagaStoreContractTest.class,
      "whoeverSleepsIsDueOnceItsTurnMayHaveCome"),
  /** A saga that is stuck has given back what protects its rows. */
  STUCK_WITHOUT_ITS_LOCKS(
      List.of("and p.held_at is null\n  returning"),
      "returning",
      JooqSagaStoreContractTest.class,
      "aStuckSagaKeepsItsLocksUntilItIsResolved"),
  /** A saga that is stuck holds up others for a lock that it has not. */
  STUCK_IN_THE_QUEUE(
      List.of("and p.held_at is null\n  returning"),
      "and false returning",
      JooqSagaStoreContractTest.class,
      "aSagaThatGetsStuckWhileItWaitsIsPassed"),
  /** What only a sub-saga has any more is free for others. */
  SHARED_LOCK_IS_FREE(
      List.of("h.held_at is not null"),
      "h.held_at is not null and not h.shared",
      JooqSagaStoreContractTest.class,
      "aSubSagaThatOutlivesItsParentKeepsOthersOff"),
  /** Who took a slot that was free when it looked has it, though a sub-saga shares it by now. */
  SHARED_LOCK_TAKEN_OVER(
      List.of("and h.saga_id <> m.saga_id"),
      "and false",
      LockRacesTest.class,
      "aLockThatASubSagaCameToShareMeanwhileIsNotGivenToAnother"),
  /** A parent gives back what a sub-saga is about to share. */
  LOCK_SHARED_UNSEEN(
      List.of("for key share"),
      "",
      LockRacesTest.class,
      "aParentThatIsResolvedWhileASubSagaSharesItsLockWaitsForThatOne"),
  /** A sub-saga that had no locks takes its parent's when it is called back. */
  CALLED_BACK_WITH_LOCKS(
      List.of("and l.status = 'SUCCEEDED')"),
      "or true)",
      JooqSagaStoreContractTest.class,
      "aSubSagaThatHadNoLocksTakesNoneWhenItIsCalledBack"),
  /** Who does not wait has a place all the same, and others wait behind it. */
  REFUSED_IN_THE_QUEUE(
      List.of("and s.id = p.saga_id"),
      "and s.id = p.saga_id and false",
      JooqSagaStoreContractTest.class,
      "whoeverDoesNotWaitKeepsNobodyOff"),
  /** Who has ended, and has left its place behind, comes first. */
  THE_ENDED_COME_FIRST(
      List.of("select o.finished_at is null", "select s.finished_at is null"),
      "select true",
      LockRacesTest.class,
      "whoWasEndedUnseenWhileItWaitedIsInNobodysWay"),
  /** The notes of one lock fill the room of all. */
  LOCKS_WOKEN_NOTE_BY_NOTE(
      List.of("for update skip locked) f"),
      "limit 2 for update skip locked) f",
      JooqSagaStoreContractTest.class,
      "manyThatGaveUpOneLockKeepNobodyAsleepWhoWaitsForAnother"),
  /** Those who are locked stand in the way of all others. */
  LOCKED_WAITERS_FIRST(
      List.of("order by f.freed_at"),
      "order by f.name desc, f.freed_at",
      LockRacesTest.class,
      "asManySagasThatAreLockedAsOneCallSeesToKeepNobodyElseAsleep"),
  /** Who is to be woken is waited for while somebody has it locked. */
  WAKES_WAIT_FOR_THE_LOCKED(
      List.of("for no key update skip locked\n), taken"),
      "for no key update\n), taken",
      LockRacesTest.class,
      "aSagaThatIsLockedKeepsNobodyElseAsleep"),
  /** Those who ask at once each see the same permit free. */
  PERMITS_GRANTED_WITHOUT_LOCK(
      List.of("where l.name = ?\nfor no key update"),
      "where l.name = ?",
      JooqSagaStoreContractTest.class,
      "ofManyWhoAskAtOnceAsManyAreAdmittedAsTheLimitSays"),
  /** The permits of a node that died count for ever. */
  THE_DEAD_KEEP_THEIR_PERMITS(
      List.of("where n.id = h.node"),
      "where true",
      JooqSagaStoreContractTest.class,
      "whatADeadNodeHadIsFreeAtTheEndOfItsLeaseAndNotBefore"),
  /** A node that others count no more makes calls that nobody counts. */
  A_DEAD_NODE_IS_GRANTED_PERMITS(
      List.of("and n.expires_at > c.now"),
      "",
      JooqSagaStoreContractTest.class,
      "aNodeWhoseLeaseIsOverIsGrantedNothing"),
  /** Whoever asks at the right moment overtakes the queue. */
  QUEUE_OVERTAKEN(
      List.of("f.count > w.count + p.count"),
      "f.count > w.count",
      JooqSagaStoreContractTest.class,
      "thoseWhoWaitAreAdmittedInTheOrderInWhichTheyAskedFirst"),
  /** Whoever was woken finds his permit gone, again and again. */
  WOKEN_IN_VAIN(
      List.of("f.count > w.count + p.count"),
      "f.count > p.count",
      JooqSagaStoreContractTest.class,
      "whoeverWasWokenFindsHisPermitThoughOthersAskBeforeHim"),
  /** One permit is free, and each look has another one come for it. */
  EVERY_LOOK_WAKES_ANOTHER(
      List.of("greatest(0, f.count - w.count)"),
      "greatest(0, f.count - 0 * w.count)",
      JooqSagaStoreContractTest.class,
      "asManyAreWokenAsPermitsAreFreeThoseFirstWhoHaveWaitedLongest"),
  /** One who was woken and never comes holds a permit for ever. */
  THE_ABSENT_ARE_WAITED_FOR(
      List.of("and w.woken_at > (select now - interval '5000000 microseconds' from clock)"),
      "and w.woken_at is not null",
      JooqSagaStoreContractTest.class,
      "whoeverWasWokenAndDoesNotComeIsPassedOverUntilHeAsksAgainAndThenHasHisOldPlace"),
  /** A compensation waits behind what may be called off. */
  LANE_IGNORED(
      List.of("order by w.lane, w.since", "order by h.lane, h.since"),
      "order by since",
      JooqSagaStoreContractTest.class,
      "theUrgentGoFirstHoweverLongOthersHaveWaited"),
  /** Of two nodes that delete what has expired one waits for the other's archive. */
  PURGES_WAIT_FOR_EACH_OTHER(
      List.of("for update of s skip locked\n)\nselect o.id"),
      "for update of s\n)\nselect o.id",
      PurgeRacesTest.class,
      "whatOnePurgeHasInHandIsLeftToItAndHoldsUpNobodyElse"),
  /** An action on its way keeps a compensation from its permit, though it has no room to come. */
  THE_LESS_URGENT_ARE_WAITED_FOR(
      List.of("and w.lane <= (select lane from foremost)"),
      "",
      JooqSagaStoreContractTest.class,
      "whoeverIsLessUrgentAndOnHisWayKeepsNoPermitFromTheUrgent"),
  /** An action is had come where there is room for compensations alone. */
  THOSE_WITHOUT_ROOM_ARE_WOKEN(
      List.of("and w.lane <= (select lane from asked)"),
      "",
      JooqSagaStoreContractTest.class,
      "whereOnlyTheUrgentCanBeRunTheyAreWokenPastThoseWhoHaveWaitedLonger"),
  /** Turns that nobody used pile up, and are used at once. */
  TURNS_PILE_UP(
      List.of("greatest(coalesce(l.arrival_at, c.now), c.now)"),
      "coalesce(l.arrival_at, c.now)",
      JooqSagaStoreContractTest.class,
      "aRateThatWasNotUsedIsKeptToAllTheSame"),
  /** A clock that was set back stops a rate until it has caught up. */
  TURNS_FAR_AHEAD(
      List.of("and arrival_at > clock_timestamp()"),
      "and clock_timestamp() >",
      JooqSagaStoreContractTest.class,
      "turnsThatWereUsedFarAheadHoldNobodyUpForLongerThanATurn"),
  /** What was settled otherwise holds its permit for a while. */
  THOSE_AT_REST_ARE_WAITED_FOR(
      List.of("and (s.owner is not null or s.wake_at <= (select now from clock))"),
      "",
      JooqSagaStoreContractTest.class,
      "whoeverWasWokenAndRestsAgainWithoutHavingAskedHoldsNobodyUp"),
  /** What no node can run just now sleeps on when one can. */
  THE_UNKNOWN_ARE_LEFT_ASLEEP(
      List.of("(select id from ready union all select id from unknown)"),
      "(select id from ready)",
      JooqSagaStoreContractTest.class,
      "aSagaThatNoLiveNodeCanRunIsInNobodysWayAndIsDueForWhoeverCanRunIt"),
  /** What is behind a message in trouble is sent before it. */
  OUTBOX_OVERTAKES(
      List.of("and f.position < p.position"),
      "and false",
      OutboxTest.class,
      "whatFailedOnAStrictTopicHoldsItsKeyUpUntilItIsRetried"),
  /** Whoever is in the way may be out of it by the time somebody is held up. */
  OUTBOX_HOLDS_UP_WITHOUT_A_LOCK(
      List.of(" for share of f skip locked"),
      "",
      OutboxTest.class,
      "whoeverIsHeldUpAndWhoeverGetsOutOfTheWayDoNotMissEachOther"),
  /** Those that were held up wait for ever. */
  OUTBOX_RELEASES_NOBODY(
      List.of("where status = 'HELD'\n"),
      "where status = 'SENT'\n",
      OutboxTest.class,
      "whatIsPostponedHoldsItsKeyUpUntilItIsSent"),
  /** What comes later does not wait for what is being released. */
  OUTBOX_OVERTAKES_WHAT_IS_RELEASED(
      List.of("f.status in ('RETRYING', 'HELD')"),
      "f.status = 'RETRYING'",
      OutboxTroubleTest.class,
      "whatWaitsIsReleasedSomeAtATimeAndWhatComesLaterComesAfterIt"),
  /** A million that waited are released in one transaction. */
  OUTBOX_RELEASES_ALL_AT_ONCE(
      List.of("limit 32"),
      "limit 1000000",
      OutboxTroubleTest.class,
      "whatWaitsIsReleasedSomeAtATimeAndWhatComesLaterComesAfterIt"),
  /** What is behind a message in trouble is put aside a few at a time. */
  OUTBOX_PUTS_FEW_ASIDE(
      List.of("limit 1000"),
      "limit 15",
      OutboxTroubleTest.class,
      "aTailOfThousandsIsPutAsideInAFewLooksWhichSayThatThereIsMore"),
  /** One row that is locked keeps all that was sent from being recorded. */
  OUTBOX_WAITS_FOR_ONE_ROW(
      List.of("and status <> 'SENT'\n  for update skip locked"),
      "and status <> 'SENT'",
      OutboxTroubleTest.class,
      "aRowThatIsLockedKeepsNoOtherFromBeingRecorded"),
  /** What is discarded is gone with the next purge. */
  OUTBOX_DELETES_WHAT_WAS_JUST_DISCARDED(
      List.of("coalesce(sent_at, discarded_at)"),
      "coalesce(sent_at, created_at)",
      OutboxTroubleTest.class,
      "whatWasDiscardedStaysForAsLongAsWhatWasSent"),
  /** A relay takes what another one has that is alive. */
  OUTBOX_TAKES_WHAT_IS_OWNED(
      List.of("where not exists (select from alive a where a.id = b.owner)"),
      "",
      OutboxTest.class,
      "relaysShareTheBucketsAndTakeOverWhatADeadOneHad"),
  /** What is deleted is looked for by its age alone. */
  OUTBOX_DELETES_WHAT_WAS_NOT_SENT(
      List.of("status in ('SENT', 'DISCARDED')\n      and"),
      "",
      OutboxTest.class,
      "whatWasSentLongAgoIsDeletedAndNothingElse"),
  /** A compensation that is repeated takes effect each time. */
  COMPENSATED_AGAIN(
      List.of("where b.state = 'ACTED'"),
      "",
      JooqBarrierContractTest.class,
      "aCompensationIsMadeOnceForAnActionThatWasMade"),
  /** What was cancelled is confirmed all the same. */
  CONFIRMED_WHATEVER_IT_IS(
      List.of("and state = 'ACTED'"),
      "",
      JooqBarrierContractTest.class,
      "aTryThatWasCancelledIsNotConfirmed"),
  /** A message that comes again takes the place of the first. */
  A_MESSAGE_IS_WRITTEN_OVER(
      List.of("values (?, ?, ?)\non conflict do nothing"),
      "values (?, ?, ?)\non conflict (consumer, message_id) do update set digest = excluded.digest",
      JooqInboxContractTest.class,
      "aMessageIsHandledOnceHoweverOftenItComes"),
  /** Messages are forgotten while they may come again. */
  THE_INBOX_IS_PURGED_EARLY(
      List.of("where i.received_at < (select clock_timestamp() - ?"),
      "where i.received_at < (select clock_timestamp() + ?",
      JooqInboxContractTest.class,
      "aMessageIsKnownForAsLongAsItIsKeptAndThenForgotten"),
  /** Two nodes check one invariant at one time. */
  CHECK_CLAIMED_WITHOUT_LOCK(
      List.of("limit 1\n  for update skip locked"),
      "limit 1",
      ReconciliationNodesTest.class,
      "eachTimeThatIsDueIsCheckedByOneNode"),
  /** Who was taken for dead writes over what was found since. */
  CHECK_WITHOUT_FENCE(
      List.of("and i.run = ?"),
      "and ? is not null",
      ReconciliationNodesTest.class,
      "aNodeThatDiesHoldsACheckUpUntilItsLeaseIsOver"),
  /** Sagas that are at it are taken for broken ones. */
  IN_FLIGHT_IGNORED(
      List.of("case when s.finished_at is null and s.status <> 'STUCK' then 0 else 1 end"),
      "1",
      ReconciliationTest.class,
      "aSagaInFlightIsReportedApartHoweverOftenItIsFound"),
  /** What was put right is reported for ever. */
  HEALED_STAYS(
      List.of("and business_key <> all (?)"),
      "and business_key <> all (?) and false",
      ReconciliationTest.class,
      "whatHealsIsGoneAtTheNextCheck"),
  /** What two queries found once each counts as found twice. */
  CONFIRMED_BY_ANOTHER_QUERY(
      List.of("i.query is not distinct from ? and i.definition = ?"),
      "? <> ?",
      ReconciliationNodesTest.class,
      "whatOneQueryFoundIsNotConfirmedByAnother");

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
