package io.skald.engine.spi;

import io.skald.saga.SagaId;
import io.skald.saga.error.IllegalSagaStateException;
import io.skald.saga.error.SagaStoreException;
import io.skald.saga.view.SagaPage;
import io.skald.saga.view.SagaQuery;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/**
 * Where sagas are kept. Every method is one transaction of its own unless it says otherwise, and
 * every write states its guard. All times are the store's own: it decides what is due and who is
 * alive. Safe for use by several threads.
 *
 * <p>Every method throws {@link SagaStoreException} if the store fails; of a write it is then
 * unknown whether it was made, unless the method says otherwise.
 */
public interface SagaStore extends LockStore, LimitStore {

  // ---- nodes

  /**
   * Makes the node known and alive. Refused, with nothing written, if an unfinished saga or a live
   * node uses one of its definitions' versions under another fingerprint.
   *
   * @return the conflicts, each in words; empty if the node has joined
   */
  List<String> join(NodeRegistration node);

  /**
   * Prolongs the node's lease from now on. Never revives: the guard is that the lease has not run
   * out.
   *
   * @return whether the node was, and is, alive
   */
  boolean heartbeat(NodeId node);

  /** Takes the node out: what it still owns can be claimed at once, as from a node that died. */
  void leave(NodeId node);

  /**
   * Gives back what is kept for the node's heartbeats, a connection for instance: it sends no more.
   * The node stays as it is, alive until its lease runs out.
   */
  void release(NodeId node);

  // ---- start

  /**
   * Inserts sagas, each on its own: one that waits for another transaction's key does not hold the
   * others up for long. To settle a start in doubt, start again with the same id.
   *
   * @return one result for each, in order
   */
  List<StartResult> start(List<NewSaga> sagas);

  /**
   * Inserts sagas without waiting for anybody but a moment.
   *
   * @return one result for each, in order; empty for one whose key another open transaction holds:
   *     {@link #start(List)} waits for it
   */
  List<Optional<StartResult>> startTogether(List<NewSaga> sagas);

  /**
   * Inserts a saga in the caller's transaction, as its last act in it. Does not commit. Fails
   * without spoiling the answer of the caller's own statements.
   *
   * @param connection a connection with autocommit off
   */
  StartResult start(Connection connection, NewSaga saga);

  // ---- write

  /**
   * Commits transitions, as many as can be at once; each takes effect as a whole or not at all. Its
   * guards are the fence, then the number of signals its park goes by, then the rows it replaces
   * and the signals it consumes, then the sagas it starts; the result says which one failed. A row
   * locked by somebody else, or a key held by one, delays its own transition only. At most one
   * transition per saga.
   *
   * @return one result for each, in order
   */
  List<WriteResult> write(List<Transition> transitions);

  /**
   * Commits what can be committed at once, without waiting for anybody.
   *
   * @return one result for each, in order; empty for one that was not written because its saga is
   *     locked or is another node's, or a guard failed, or it starts sagas, whose keys others may
   *     hold: {@link #write} waits, and says why
   */
  List<Optional<WriteResult>> writeTogether(List<Transition> transitions);

  /**
   * Runs a local attempt: opens a READ COMMITTED transaction, lets {@code work} run in it, and
   * commits its transition with it, guarded by the fence, which is checked last, once nobody else
   * has the saga locked. Whatever guard fails, the fence counts as lost; but a park that goes by
   * signals is refused ({@link Transition#forLocalAttempt}). Never throws for what the attempt met.
   *
   * @param fence the right to write; that of the transition
   * @param limit how long the work may take; after it the query is cancelled
   */
  LocalOutcome runLocal(Fence fence, Duration limit, LocalWork work);

  /**
   * Makes every commit in doubt certain, by a write: raises the epoch if {@code owner} owns the
   * saga, so that what is under way is waited for and what has not begun is fenced out; then reads.
   * A saga of a status that a later version wrote is given up, due at once, for its nodes.
   *
   * @return the saga under its new epoch, or empty if {@code owner} does not own it
   */
  Optional<SagaSnapshot> settle(SagaId saga, NodeId owner);

  // ---- signal

  /**
   * Sends a signal, and routes it: with an unfinished saga of its key, {@code saga.signals} is
   * raised in the same transaction, and a saga that nobody owns and that is not stuck is due at
   * once. Waits for a locked saga but a moment. A signal that finds no saga, or one that stays
   * locked, is written unrouted, for {@link #poll}. Idempotent by id: to settle a signal in doubt,
   * send it again.
   *
   * <p>What is said of a step by token is written only if the step {@linkplain Addressee#hears
   * hears} it, which is looked at while the saga is locked, so that nothing can end the step
   * between the look and the commit; and only if there is no completion of that name yet, or no
   * other pending sign of life. If the time of a step that waits is up already, the epoch is
   * raised, so that whoever would end it has to look again. It waits for a locked saga as any other
   * write does, and fails if that takes too long.
   */
  SignalResult signal(NewSignal signal);

  /**
   * Sends a signal in the caller's transaction: writes its row and touches no saga, so that it
   * waits for none; {@link #poll} does the rest after the commit. Does not commit. Fails without
   * spoiling the answer of the caller's own statements.
   *
   * <p>Of what is said of a step by token, whether the step hears it is what the transaction sees
   * now: something may end the step before the commit, and then it changes nothing. A completion
   * waits, without a limit of its own, for another open transaction that has written one of the
   * same wait: two transactions that complete the same two steps in opposite order run into a
   * deadlock, which the database ends for one of them.
   *
   * @param connection a connection with autocommit off
   * @return {@code ACCEPTED} if it was written, which says nothing of its saga; else {@code
   *     REPEATED}, {@code PRECEDED} or {@code CLOSED}
   * @throws IllegalArgumentException if autocommit is on
   */
  SignalResult signal(Connection connection, NewSignal signal);

  /**
   * The saga as those who send it something need to know it; empty if there is none.
   *
   * @param path of which step what is recorded is wanted; one that no step has wants nothing
   */
  Optional<Addressee> addressee(SagaId saga, String path);

  /**
   * The saga as the caller's transaction sees it, which may have started it. Takes no other
   * connection.
   *
   * @param connection a connection with autocommit off
   * @param path of which step what is recorded is wanted; one that no step has wants nothing
   * @throws IllegalArgumentException if autocommit is on
   */
  Optional<Addressee> addressee(Connection connection, SagaId saga, String path);

  /**
   * Routes signals that are not routed yet, the earliest first, all in one transaction: raises
   * {@code saga.signals} by their number, makes a saga due that nobody owns and that is not stuck,
   * and marks them routed. A signal whose saga has ended, or is not there, is marked as well: a
   * saga started later looks for what is pending. What another transaction has locked, a signal or
   * its saga, is left out: no signal is ever counted twice, and no call waits.
   *
   * <p>Then tells whether a {@link #claim}, or a {@link #claimUrgent}, is worth its while, and
   * takes nothing. What a claim would find is never left out, what these signals have made due
   * included. What is locked may be told though a claim skips it, and so may what a dead node owns
   * of other definitions or, as urgent, had not begun, and a saga with a log that says what this
   * version does not know.
   *
   * @param definitions what the node can run
   * @param limit how many signals at most
   * @return how many signals were routed, below {@code limit} when nothing is left but what was
   *     locked; and whether anything may be claimed
   */
  Poll poll(Collection<DefinitionRef> definitions, int limit);

  /**
   * The signals of a saga: how many were routed to it, and then, by a later look, the earliest of
   * each name that are pending, without what they carry. Whatever the number counts is therefore in
   * the list, was consumed, or is of a name that was {@link Signals#cutShort()}; none and zero if
   * there is no such saga.
   */
  Signals signals(SagaId saga);

  /** A signal with what it carries; empty if there is none of that id or it was consumed. */
  Optional<SignalRow> pendingSignal(UUID id);

  /**
   * Looks at pending signals, the earliest first, for those that nothing will consume as things
   * are: their saga has ended or there is none. Not those that tell a parent of a saga it started,
   * nor those that are not routed yet.
   *
   * @param age how long ago they were sent, at least
   * @param after where the look begins
   * @param limit how many are looked at, at most
   */
  UnclaimedPage unclaimed(Duration age, SignalPosition after, int limit);

  // ---- claim

  /**
   * Takes over sagas that are due and unowned, or owned by a node that is not alive, of definitions
   * the node can run; raises their epoch and then reads their logs. Skips what is locked. A node
   * whose own lease has run out claims nothing.
   *
   * <p>Those of dead nodes come first, then what has been due for longest; a share of the limit may
   * be kept for what fell due last, so that it does not wait for all that is overdue. Of sagas
   * whose crash count is 2 or more by this claim there is one at most. What has a status that a
   * later version wrote is left to its nodes.
   *
   * @param limit how many at most
   */
  List<Claim> claim(NodeId node, Collection<DefinitionRef> definitions, int limit);

  /**
   * As {@link #claim}, but of what is due only what is in the {@linkplain Lane#URGENT urgent} lane,
   * the longest due first. What dead nodes owned is taken before it if it is in that lane or
   * anything is recorded of it, as nobody can tell what that makes of it before its log is read;
   * the rest, of which they may have had any number, is left to {@link #claim}. Of sagas whose
   * crash count is 2 or more by this claim there is one at most here as well; one that is due may
   * have to wait until it has been so for longest.
   *
   * @param limit how many at most
   */
  List<Claim> claimUrgent(NodeId node, Collection<DefinitionRef> definitions, int limit);

  /** The unfinished sagas the node owns. */
  List<SagaId> owned(NodeId node);

  // ---- operate

  /**
   * Changes a saga by hand: locks it, reads its log, asks {@code decide}, and writes what it
   * answers together with the audit row, raising the epoch. What {@code decide} throws leaves
   * everything as it was.
   *
   * @param decide answers the change, or throws {@link IllegalSagaStateException}; asked again if
   *     the transaction is repeated
   * @return the saga after the change; empty if there is no such saga
   */
  Optional<SagaSnapshot> amend(SagaId saga, Function<SagaSnapshot, Amendment> decide);

  /**
   * Moves an unfinished saga to another version: locks it, reads its log, asks {@code decide}, and
   * writes what it answers together with the audit row, raising the epoch; all of it or nothing.
   * Its guard is that nobody owns the saga: an owner runs it by the version it knows, and what it
   * may be doing is recorded nowhere. What {@code decide} throws leaves everything as it was.
   *
   * @param decide answers what to write; empty to leave the saga as it is; asked again if the
   *     transaction is repeated
   */
  Relocated relocate(SagaId saga, Function<SagaSnapshot, Optional<Relocation>> decide);

  /**
   * Erases what was stored of sagas that have ended: inputs, digests of inputs, outputs, results,
   * attributes, headers, what errors said, and what signals carried; in place of an input stands
   * {@code null}, as JSON. What stays are the sagas with their keys, their steps, and how and when
   * each came to its end. Writes an audit row for each saga of which there was anything, and under
   * the id of zeros for signals to no saga; all of it or nothing.
   *
   * <p>Its guards are that all of them have ended, and that none was started by a saga that is not
   * among them. Waits for a locked saga as any other write does. What is erased already is left as
   * it is, but for signals that came since.
   *
   * @param which whose data
   * @param audit who erases, and why
   */
  Erased erase(Erasing which, Amendment.Audit audit);

  // ---- read

  /**
   * The unfinished sagas of a definition's version, in an order of their ids.
   *
   * @param after the last one that was answered before; empty to begin
   * @param limit how many at most
   */
  List<SagaId> unfinished(DefinitionRef definition, Optional<SagaId> after, int limit);

  /** The saga and its log; empty if there is none. */
  Optional<SagaSnapshot> load(SagaId saga);

  /** The sagas of these ids of which the status is known, in no order, without their logs. */
  List<SagaRow> rows(Collection<SagaId> sagas);

  /** The saga of that definition and key. */
  Optional<SagaRow> find(String definition, String businessKey);

  /** The sagas of that key, of every definition, the latest first. */
  List<SagaRow> findByKey(String businessKey, int limit);

  /**
   * The sagas of a query, in its order: by the bytes of key and definition where it asks for a key
   * or the beginning of one ({@link SearchPosition#isByKey}), else by id, the highest first. A
   * store may stop when it has looked at so many, and say where to go on.
   *
   * @throws IllegalArgumentException if the query's cursor is not one of such a query
   */
  SagaPage search(SagaQuery query);

  /** The sagas that this one started, the earliest first, without their logs. */
  List<SagaRow> children(SagaId parent);

  /**
   * How long the sagas of a definition that completed last took from the end of some steps to their
   * own end, in no order. Looks at the sagas that ended last, so many of all definitions, and at
   * none that another one started.
   *
   * @param before the names of the steps; sagas of which none of them is recorded are left out
   * @param limit how many at most
   */
  List<Duration> restTimes(DefinitionRef definition, Collection<String> before, int limit);

  /**
   * Where the unfinished sagas stand: how many of each version and status there are of which the
   * same was recorded last. Reads all of them, but no log of those that are left out.
   *
   * @param except what is left out
   */
  Standings standings(Collection<DefinitionRef> except);

  // ---- keep house

  /** The definitions of due sagas that no live node can run, by name and version. */
  List<DefinitionRef> orphanedDefinitions();

  /**
   * What sagas say that this version of the library does not know, in order: of {@link
   * UnknownStatus#LOOKED_MAX} at most that have been due for a minute, the longest due first, and
   * of as many that nodes own which are not alive. Claims pass over these sagas, and reads of many
   * leave out those whose own status is not known; a later version may know what to do about them.
   */
  List<UnknownStatus> unknownStatuses();

  /**
   * Looks at ended sagas, the one that ended first first, and deletes those that have expired, with
   * their logs and signals: a saga that another one started only after that one, which may still
   * have to compensate it, and none before everything it started has ended. What a deleted saga had
   * started has no parent any more. What is locked is left out.
   *
   * @param expiry which ones have expired
   * @param after where the look begins: after those that ended at this instant
   * @param limit how many are looked at, at most
   * @param archive is handed them before, in the same transaction; what it throws leaves them
   */
  PurgedSagas purge(Expiry expiry, Instant after, int limit, SagaArchive archive);

  /**
   * Looks at pending signals, the earliest first, and deletes those that were sent at least {@code
   * age} ago to a key of which there is no saga.
   *
   * @param after where the look begins
   * @param limit how many are looked at, at most
   */
  PurgedPage purgeSignals(Duration age, SignalPosition after, int limit);

  /**
   * Looks how the tables are and what the sagas wait for, without reading the tables: by what is
   * kept count of anyway, and by stretches of {@link TableFacts#COUNTED_MAX} sagas at most.
   *
   * @param expiries what retention deletes
   */
  TableFacts tableFacts(List<Expiry> expiries);
}
