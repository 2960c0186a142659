/*
 * A model of lease, fence and commit in doubt, for Spin. docs/model.md says what is modelled, what
 * is not, and what came of it; SagaModelTest checks it, and that each broken variant is found out.
 *
 * One saga: a local step L, a wait for a signal W, a remote step R; and the compensations of R and
 * of L, if it turns around. Each of NODES incarnations of nodes may run it; all but the last may
 * lose their lease, or die. Between any two statements that are not within one atomic { }, any time
 * may pass: that is a pause of the process they stand in.
 *
 * What talks to the database names the statement it stands for.
 *
 * Faults are bounded, and so are signals, cancels and attempts. So no execution is infinite, which
 * the check for cycles shows, and one that can go no further has to have ended the saga.
 */

/* ---- What may happen ---- */

/* Incarnations of nodes. */
#ifndef NODES
#define NODES 3
#endif
/* How many connections are lost while a node waits for an answer. */
#ifndef LOSSES
#define LOSSES 1
#endif
/* How many answers to a compensation are lost. */
#ifndef SILENCES
#define SILENCES 1
#endif
/* Whether a heartbeat comes late, a process dies, somebody cancels, a deadline passes. */
#ifndef BEATS
#define BEATS 1
#endif
#ifndef DEATH
#define DEATH 1
#endif
#ifndef CANCEL
#define CANCEL 1
#endif
#ifndef DEADLINE
#define DEADLINE 1
#endif
/* Whether the saga has the steps W and R. */
#ifndef WAIT
#define WAIT 1
#endif
#ifndef REMOTE
#define REMOTE 1
#endif

#define ATTEMPTS 2

/* ---- Broken variants ---- */

/* A commit in doubt is looked for, and not settled by a write. */
#ifndef READ_INSTEAD_OF_SETTLE
#define READ_INSTEAD_OF_SETTLE 0
#endif
/* A settle reads the log as it was before it waited for the lock. */
#ifndef SETTLE_IN_ONE_STATEMENT
#define SETTLE_IN_ONE_STATEMENT 0
#endif
/* A row of the log that is there is written over. */
#ifndef OVERWRITTEN_LOG
#define OVERWRITTEN_LOG 0
#endif
/* The fence asks for the owner alone. */
#ifndef FENCE_WITHOUT_EPOCH
#define FENCE_WITHOUT_EPOCH 0
#endif
/* A local step looks before the user's SQL whether it is the owner's, and not after. */
#ifndef FENCE_FIRST
#define FENCE_FIRST 0
#endif
/* A claim reads the log as it was before it had the lock. */
#ifndef CLAIM_IN_ONE_STATEMENT
#define CLAIM_IN_ONE_STATEMENT 0
#endif
/* A park does not look whether a signal has come meanwhile. */
#ifndef BLIND_PARK
#define BLIND_PARK 0
#endif
/* The signals are read before their number. */
#ifndef SIGNALS_BEFORE_COUNT
#define SIGNALS_BEFORE_COUNT 0
#endif
/* A heartbeat revives a lease that is over. */
#ifndef UNGUARDED_HEARTBEAT
#define UNGUARDED_HEARTBEAT 0
#endif
/* A heartbeat judges the lease by now(), which is when its transaction began. */
#ifndef HEARTBEAT_BY_NOW
#define HEARTBEAT_BY_NOW 0
#endif
/* A claim judges leases by the node's own clock, which may be ahead. */
#ifndef NODE_CLOCK
#define NODE_CLOCK 0
#endif
/* The lease is not looked at before a call. */
#ifndef UNCHECKED_LEASE
#define UNCHECKED_LEASE 0
#endif
/* A call is made while the commit before it is under way. */
#ifndef CALL_BEFORE_COMMIT
#define CALL_BEFORE_COMMIT 0
#endif
/* A takeover does not record that an attempt may have been made. */
#ifndef FORGOTTEN_ATTEMPT
#define FORGOTTEN_ATTEMPT 0
#endif
/* A node counts attempts from its own claim on. */
#ifndef RESTARTED_ATTEMPTS
#define RESTARTED_ATTEMPTS 0
#endif
/* A permanent failure counts, though an attempt before had no answer. */
#ifndef FAILURE_AFTER_DOUBT
#define FAILURE_AFTER_DOUBT 0
#endif
/* The participant takes an action that comes after its compensation. */
#ifndef NO_BARRIER
#define NO_BARRIER 0
#endif

/* ---- Properties: all are checked, or with -DONLY=P the one of that name. ---- */

#define ONCE 1        /* a local step has one effect at most, and the log says so (I3, P1) */
#define OWNER 2       /* a row of the log is the owner's at its commit (I4) */
#define INTENT 3      /* no call without its committed intent (I10, P2) */
#define ATTEMPT 4     /* attempt numbers grow, also over takeovers (I9) */
#define TURNED 5      /* no local action after compensation began (I5) */
#define OWED 6        /* what took effect, or may have, is compensated, and in order (I6, I7, P3) */
#define FAILURE 7     /* a remote step that is recorded as failed took no effect, and takes none */
#define LEASED 8      /* who holds its lease as it is about to call out owns the saga */
#define AT_REST 9     /* what can go no further has ended: no lost wake-up (I1, I20, P4, P8) */
#define NEUTRAL 10    /* a participant with a barrier is left as it was (I5) */

/* What has to be reachable, or the checks say nothing: -DREACHED=G has to fail. */

#define COMPLETED 1    /* the saga completes */
#define COMPENSATED 2  /* it is compensated, both steps of it */
#define LATE 3         /* a commit counts whose answer nobody waits for */
#define DOUBTED 4      /* R completes in a second attempt, after one without an answer */
#define THIRD 5        /* a third node takes the saga from a second one that had taken it */
#define PARKED 6       /* the signal comes after the park */

#ifdef REACHED
#define REACH(goal, condition) assert(goal != REACHED || (condition))
#else
#define REACH(goal, condition) skip
#endif

#ifdef ONLY
#define CHECK(property, condition) assert(property != ONLY || (condition))
#else
#define CHECK(property, condition) assert(condition)
#endif

/* ---- The database ---- */

mtype = { none, waiting, retrying, succeeded, failed, unknown };
mtype = { running, compensating, completed, compensated };

/* The saga's row and its log: as the database has them, or as a node believes them to be. */
typedef Saga {
  mtype status = running;
  bool cancelled;           /* cancel_requested_at is not null */
  mtype L = none;
  mtype W = none;
  mtype R = none;
  byte attempt;             /* the last attempt of R that is recorded */
  bool undoneL;             /* compensations that are recorded */
  bool undoneR
};

Saga db;
byte owner;                 /* 0: nobody */
byte epoch;
bool due = true;            /* of a saga that nobody owns: its wake_at has come */
byte signals;               /* saga.signals: how many were routed */
bool sent;                  /* there is a row in saga_signal that is not consumed */
bool locked;                /* a transaction has the saga's row locked */

#define isOver(saga) (saga.status == completed || saga.status == compensated)
#define isEnded isOver(db)

/* ---- Nodes ---- */

bool live[NODES + 1];       /* saga_node: expires_at > clock_timestamp() */
bool held[NODES + 1];       /* NodeLease.isHeld: by the node's own monotonic clock, a bit earlier */
bool dead[NODES + 1];       /* the process is gone */

Saga seen[NODES + 1];       /* HeldSaga: what the node believes */
byte seenEpoch[NODES + 1];

/* ---- Transactions ---- */

mtype = { free, begun, fenced, applied, refused };

mtype = {
  nothing,
  wL,         /* L succeeded, with the user's SQL: LocalTransactions */
  wFailed,    /* L failed: TURN_AROUND */
  wW,         /* W succeeded, and its signal is consumed: JournalSql.CONSUMED */
  wPark,      /* W waits, and nobody owns the saga: PARK_UNLESS_SIGNALLED */
  wRetry,     /* R is attempted again later; nobody owns the saga, and it is due then: PARK */
  wDone,      /* R succeeded: COMPLETE */
  wDoneLate,  /* R succeeded, but the saga was cancelled: TURN_AROUND */
  wRefused,   /* R failed: TURN_AROUND */
  wUnknown,   /* nobody knows what became of R: TURN_AROUND */
  wTurn,      /* the saga was cancelled, or its deadline has passed: TURN_AROUND */
  wUndoneR,   /* the compensation of R succeeded; END_COMPENSATED if L owes none */
  wUndoneL,   /* the compensation of L, with the user's SQL: END_COMPENSATED */
  wEnd,       /* there is nothing to compensate: END_COMPENSATED */
  wSettle     /* SettleSaga */
};

#define isTurn(w) (w == wFailed || w == wDoneLate || w == wRefused || w == wUnknown || w == wTurn)
#define isOfR(w) (w == wRetry || w == wDone || w == wDoneLate || w == wRefused || w == wUnknown)
#define isPark(w) (w == wPark || w == wRetry)
#define isLocal(w) (w == wL || w == wUndoneL)

typedef Tx {
  mtype state = free;
  mtype write = nothing;
  byte node;
  byte epoch;
  byte attempt;
  byte signals;             /* of a park: how many its owner knows of */
  mtype old = none;     /* the row that is replaced, as its owner knows it */
  bool abandoned;           /* nobody waits for the answer: it takes effect later, or never */
  bool checked              /* FENCE_FIRST: what a look before the user's SQL said */
};

/* One for each node, and then those whose connections were lost. */
Tx tx[NODES + LOSSES + 1];
byte losses = LOSSES;

/* ---- What happens outside; and what only the checks look at ---- */

mtype = { noRequest, onItsWay, yes, no, unanswered };
mtype request[NODES + 1] = noRequest;
byte stray;                 /* requests nobody waits for: they arrive later, or never */
byte silences = SILENCES;
bool stands;                /* the participant has R's effect */
bool undone;                /* the participant was asked to compensate R */

byte effectsL;
byte undoingsL;
byte lastAttempt;           /* the highest attempt that was about to be made */

/* ---- Statements ---- */

inline copySaga(to, from) {
  to.status = from.status;
  to.cancelled = from.cancelled;
  to.L = from.L;
  to.W = from.W;
  to.R = from.R;
  to.attempt = from.attempt;
  to.undoneL = from.undoneL;
  to.undoneR = from.undoneR
}

inline clearTx(c) {
  tx[c].state = free;
  tx[c].write = nothing;
  tx[c].node = 0;
  tx[c].epoch = 0;
  tx[c].attempt = 0;
  tx[c].signals = 0;
  tx[c].old = none;
  tx[c].abandoned = false;
  tx[c].checked = false
}

/* What a write makes of a saga: of the one in the database, and of what its owner believes. */
inline change(which, kind, made_) {
  if
  :: isOfR(kind) -> which.attempt = made_
  :: else
  fi;
  if
  :: kind == wL -> which.L = succeeded
  :: kind == wFailed -> which.L = failed
  :: kind == wW ->
       which.W = succeeded;
       which.status = (REMOTE -> which.status : completed)
  :: kind == wPark -> which.W = waiting
  :: kind == wRetry -> which.R = retrying
  :: kind == wDone -> which.R = succeeded; which.status = completed
  :: kind == wDoneLate -> which.R = succeeded
  :: kind == wRefused -> which.R = failed
  :: kind == wUnknown -> which.R = unknown
  /* an attempt that was not answered is given up, and may have taken effect */
  :: kind == wTurn && which.R == retrying -> which.R = unknown
  :: kind == wUndoneR ->
       which.undoneR = true;
       if
       :: which.L != succeeded -> which.status = compensated
       :: else
       fi
  :: kind == wUndoneL -> which.undoneL = true; which.status = compensated
  :: kind == wEnd -> which.status = compensated
  :: else
  fi;
  if
  :: isTurn(kind) -> which.status = compensating
  :: else
  fi
}

/* The fence: FencedInsert.ONE_ROW_FENCE, JournalSql.FENCE; to settle, the owner is enough. */
#define isFence(t) (owner == t.node \
  && (t.write == wSettle || FENCE_WITHOUT_EPOCH || epoch == t.epoch))

/* saga_log_pkey where a row is new, "status = ? and attempt = ?" where one is replaced. */
#define isAsKnown(t) (OVERWRITTEN_LOG \
  || t.write == wSettle \
  || t.write == wEnd \
  || (t.write == wL || t.write == wFailed) && db.L == none \
  || (t.write == wW || t.write == wPark) && db.W == t.old \
  || isOfR(t.write) && db.R == t.old && db.attempt + 1 == t.attempt \
  || t.write == wTurn && (t.old != retrying || db.R == retrying) \
  || t.write == wUndoneR && !db.undoneR \
  || t.write == wUndoneL && !db.undoneL)

/* PARK_UNLESS_SIGNALLED: "s.signals = c.signals". */
#define isQuiet(t) (t.write != wPark || BLIND_PARK || signals == t.signals)

#define hasLooked(t) (t.write != wSettle || t.checked)

#define isGood(t) ((FENCE_FIRST && isLocal(t.write) && t.checked || isFence(t)) \
  && isAsKnown(t) && isQuiet(t))

/* What is written counts from here on. */
inline commit(t) {
  CHECK(OWNER, owner == t.node);
  CHECK(TURNED, t.write != wL || db.status == running);
  CHECK(FAILURE, t.write != wRefused || !stands);
  CHECK(OWED, t.write != wUndoneL || db.R != succeeded && db.R != unknown || db.undoneR);
  if
  :: t.write == wL -> effectsL++
  :: t.write == wUndoneL -> undoingsL++
  :: t.write == wW -> sent = false
  :: else
  fi;
  change(db, t.write, t.attempt);
  if
  :: t.write == wSettle || isTurn(t.write) -> epoch++
  :: t.write == wPark -> owner = 0
  :: t.write == wRetry -> owner = 0; due = true
  :: isEnded -> owner = 0
  :: else
  fi;
  CHECK(ONCE, effectsL == (db.L == succeeded) && undoingsL == db.undoneL);
  CHECK(OWED, db.status != compensated
    || db.R != retrying
      && db.undoneL == (db.L == succeeded)
      && db.undoneR == (db.R == succeeded || db.R == unknown));
  locked = false
}

/* A session of the server, which does what it was sent whether somebody waits or not. */
proctype Session(byte c) {
  do
  /* the statement that carries the fence waits for the row, and looks at it then */
  :: atomic {
       tx[c].state == begun && !locked && (!SETTLE_IN_ONE_STATEMENT || hasLooked(tx[c])) ->
       if
       :: isGood(tx[c]) ->
            locked = true;
            tx[c].state = fenced;
            printf("%e of node %d: passes the fence, and locks the saga\n", tx[c].write, tx[c].node)
       :: else ->
            tx[c].state = refused;
            printf("%e of node %d: refused\n", tx[c].write, tx[c].node)
       fi
     }
#if SETTLE_IN_ONE_STATEMENT
  /* the statement's snapshot is older than its lock */
  :: atomic {
       tx[c].state == begun && !hasLooked(tx[c]) ->
       tx[c].checked = true;
       if
       :: !tx[c].abandoned -> copySaga(seen[tx[c].node], db)
       :: else
       fi;
       printf("%e of node %d: sees the log\n", tx[c].write, tx[c].node)
     }
#endif
  /* COMMIT, which travels with it; a settle's second statement has read the log */
  :: atomic {
       tx[c].state == fenced ->
       printf("%e of node %d: committed\n", tx[c].write, tx[c].node);
       REACH(LATE, !tx[c].abandoned || tx[c].write == wSettle);
       commit(tx[c]);
       if
       :: tx[c].write == wSettle && !tx[c].abandoned ->
#if !SETTLE_IN_ONE_STATEMENT
            copySaga(seen[tx[c].node], db);
#endif
            seenEpoch[tx[c].node] = epoch
       :: else
       fi;
       tx[c].state = applied
     }
  /* nobody hears the answer */
  :: atomic { tx[c].abandoned && (tx[c].state == applied || tx[c].state == refused) -> clearTx(c) }
  /* the server notices that the client is gone, and rolls back */
  :: atomic {
       tx[c].abandoned && (tx[c].state == begun || tx[c].state == fenced) ->
       printf("%e of node %d: rolled back by the server\n", tx[c].write, tx[c].node);
       locked = locked && tx[c].state != fenced;
       clearTx(c)
     }
  od
}

inline send(n, w, old_) {
  tx[n].state = begun;
  tx[n].write = w;
  tx[n].node = n;
  tx[n].epoch = seenEpoch[n];
  tx[n].attempt = (isOfR(w) -> made : 0);
  tx[n].signals = (w == wPark -> count : 0);
  tx[n].old = old_;
  tx[n].checked = checked;
  printf("node %d: sends %e, epoch %d\n", n, w, seenEpoch[n])
}

inline loseConnection(n) {
  if
  :: tx[n].state == begun || tx[n].state == fenced ->
       tx[NODES + losses].state = tx[n].state;
       tx[NODES + losses].write = tx[n].write;
       tx[NODES + losses].node = tx[n].node;
       tx[NODES + losses].epoch = tx[n].epoch;
       tx[NODES + losses].attempt = tx[n].attempt;
       tx[NODES + losses].signals = tx[n].signals;
       tx[NODES + losses].old = tx[n].old;
       tx[NODES + losses].checked = tx[n].checked;
       tx[NODES + losses].abandoned = true
  :: else
  fi;
  losses--;
  printf("node %d: its connection is lost\n", n);
  clearTx(n)
}

/* ClaimDueSagas.CLAIM: what is due, or a dead owner's; a locked row is skipped. */
#define isClaimable(n) (!locked && live[n] && !isEnded \
  && (owner == 0 && due || owner != 0 && owner != n && (!live[owner] || NODE_CLOCK)))

inline claim(n) {
  REACH(THIRD, n != 3 || owner != 2 || seenEpoch[2] < 2);
  interrupted = (owner != 0 && !FORGOTTEN_ATTEMPT);
  owner = n;
  due = false;
  epoch++;
  seenEpoch[n] = epoch;
  printf("node %d: claims the saga, epoch %d\n", n, epoch)
}

inline forget(n) {
  copySaga(seen[n], seen[0]);
  seenEpoch[n] = 0;
  interrupted = false;
  answer = noRequest;
  reversed = false;
  made = 0;
  count = 0;
  checked = false
}

#define me seen[n]
#define isPast(saga) (saga.L == succeeded && (!WAIT || saga.W == succeeded))
#define isAtR (me.status == running && isPast(me) \
  && (me.R == none || me.R == retrying))

/* What an owner does: EngineLoop, SagaRun, SagaDrive, OwnedSaga. */
proctype Node(byte n) {
  bool interrupted;         /* what was under way before may have taken effect */
  mtype answer = noRequest; /* what became of attempt `made` of R, until that is recorded */
  bool reversed;            /* the compensation of R was answered, until that is recorded */
  byte made;
  byte count;               /* the signals it knows of */
  bool checked;
  {
    skip;
idle:
    if
#if CLAIM_IN_ONE_STATEMENT
    /* the log as the statement's snapshot has it, and the lock when it is granted */
    :: atomic {
         live[n] && !isEnded && owner != n ->
         copySaga(me, db);
         printf("node %d: the statement of its claim sees the log\n", n)
       };
       if
       :: atomic { isClaimable(n) -> claim(n) }
       fi;
       goto decide
#else
    /* the saga is locked, and the log is read by a second statement: nobody can come between */
    :: atomic { isClaimable(n) -> claim(n); copySaga(me, db) }; goto decide
#endif
    /* the claim's answer is lost */
    :: atomic {
         isClaimable(n) && losses > 0 ->
         losses--;
         claim(n);
         printf("node %d: does not hear of it\n", n);
         forget(n)
       };
       goto idle
    /* Housekeeper.selfCheck: owned, and not held */
    :: atomic {
         owner == n && held[n] ->
         printf("node %d: owns the saga and does not hold it\n", n);
         send(n, wSettle, none);
         interrupted = !FORGOTTEN_ATTEMPT
       };
       goto settling
    fi;

    /* SagaMachine.decide, by what the node believes; and the record of what was made */
decide:
    atomic {
      if
      :: interrupted && isAtR -> answer = unanswered; made = me.attempt + 1
      :: else
      fi;
      interrupted = false;
      if
      :: answer == yes && !me.cancelled -> send(n, wDone, me.R)
      :: answer == yes && me.cancelled -> send(n, wDoneLate, me.R)
      :: answer == no && (made == 1 || FAILURE_AFTER_DOUBT) -> send(n, wRefused, me.R)
      /* a permanent failure after an attempt without an answer proves nothing */
      :: answer == no && made > 1 && !FAILURE_AFTER_DOUBT -> send(n, wUnknown, me.R)
      :: answer == unanswered && made < ATTEMPTS && !me.cancelled -> send(n, wRetry, me.R)
      :: answer == unanswered && (made == ATTEMPTS || me.cancelled) -> send(n, wUnknown, me.R)
      :: reversed -> send(n, wUndoneR, none)
      :: answer == noRequest && !reversed && me.status == running ->
           if
           /* cancelled; or a deadline, which passes at any time */
           :: me.cancelled || DEADLINE -> send(n, wTurn, me.R)
           :: !me.cancelled ->
                if
                :: me.L == none -> goto work
                :: me.L == succeeded && WAIT && me.W != succeeded -> goto look
                :: isAtR -> made = (RESTARTED_ATTEMPTS -> 1 : me.attempt + 1); goto check
                fi
           fi
      :: answer == noRequest && !reversed && me.status == compensating ->
           if
           :: (me.R == succeeded || me.R == unknown) && !me.undoneR -> goto compensate
           :: else ->
                if
                :: me.L == succeeded -> send(n, wUndoneL, none)
                :: else -> send(n, wEnd, none)
                fi
           fi
      fi
    };
    goto answered;

    /* LocalAttempts: the user's SQL, and last the fenced insert with COMMIT */
work:
#if FENCE_FIRST
    atomic {
      checked = (owner == n && epoch == seenEpoch[n]);
      printf("node %d: looks whether it owns the saga: %d\n", n, checked)
    };
#endif
    atomic {
      if
      :: send(n, wL, none)
      :: send(n, wFailed, none) /* the user's code throws: rolled back, and that is recorded */
      fi
    };
    goto answered;

    /* SignalQueries.SIGNALS: the count before the list; then the park, or the signal is taken */
look:
#if SIGNALS_BEFORE_COUNT
    if
    :: sent -> goto take
    :: atomic { !sent -> printf("node %d: sees no signal\n", n) }
    fi;
    atomic { count = signals; printf("node %d: %d signals are counted\n", n, count) };
    atomic { send(n, wPark, me.W) };
    goto answered;
take:
    atomic { send(n, wW, me.W) };
    goto answered;
#else
    atomic { count = signals; printf("node %d: %d signals are counted\n", n, count) };
    atomic {
      if
      :: sent -> send(n, wW, me.W)
      :: else -> send(n, wPark, me.W)
      fi
    };
    goto answered;
#endif

    /* RemoteAttempts: the lease is looked at, and then the call is made */
check:
    atomic {
      if
      :: !held[n] && !UNCHECKED_LEASE -> goto drop
      :: else
      fi;
      CHECK(LEASED, owner == n);
      CHECK(ATTEMPT, made > lastAttempt);
      lastAttempt = made;
      printf("node %d: its lease is fine, so it may make attempt %d of R\n", n, made)
    };
call:
    atomic {
      CHECK(INTENT, isPast(db));
      request[n] = onItsWay;
      printf("node %d: calls the participant\n", n)
    };
    if
    :: atomic {
         request[n] == yes || request[n] == no ->
         answer = request[n];
         request[n] = noRequest;
         printf("node %d: the answer is %e\n", n, answer)
       }
    /* the time limit: it may not have arrived yet */
    :: atomic {
         stray = stray + (request[n] == onItsWay -> 1 : 0);
         request[n] = noRequest;
         answer = unanswered;
         printf("node %d: there is no answer\n", n)
       }
    fi;
    goto decide;

    /* the same for a compensation, whose request may be lost or delayed, but is repeated then */
compensate:
    atomic {
      if
      :: !held[n] && !UNCHECKED_LEASE -> goto drop
      :: else
      fi;
      CHECK(LEASED, owner == n);
      printf("node %d: its lease is fine, so it may compensate R\n", n)
    };
    atomic {
      CHECK(INTENT, db.status == compensating || db.status == compensated);
      printf("node %d: has R compensated\n", n);
      if
      :: undone = true; stands = false; reversed = true
      :: silences > 0 -> silences--; undone = true; stands = false
      :: silences > 0 -> silences--
      fi
    };
    goto decide;

answered:
#if CALL_BEFORE_COMMIT
    if
    :: tx[n].write == wW -> printf("node %d: calls the participant\n", n); CHECK(INTENT, isPast(db))
    :: else
    fi;
#endif
    if
    :: atomic {
         tx[n].state == applied ->
         change(me, tx[n].write, tx[n].attempt);
         seenEpoch[n] = seenEpoch[n] + isTurn(tx[n].write);
         answer = noRequest;
         reversed = false;
         made = 0;
         count = 0;
         checked = false;
         if
         :: isPark(tx[n].write) || isOver(me) ->
              clearTx(n);
              goto drop
         :: else -> clearTx(n); goto decide
         fi
       }
    :: atomic { tx[n].state == refused -> clearTx(n); goto doubt }
    :: atomic { losses > 0 -> loseConnection(n); goto doubt }
    fi;

    /* OwnedSaga.settle, as long as the lease is held */
doubt:
#if READ_INSTEAD_OF_SETTLE
    atomic {
      if
      :: owner == n ->
           copySaga(me, db);
           seenEpoch[n] = epoch;
           printf("node %d: reads the log\n", n)
      :: else -> goto drop
      fi
    };
    goto settled;
#else
    atomic {
      if
      :: held[n] -> send(n, wSettle, none)
      :: else -> goto drop
      fi
    };
#endif
settling:
    if
    :: atomic { tx[n].state == applied -> clearTx(n) }
    :: atomic { tx[n].state == refused -> clearTx(n); goto drop }
    :: atomic { losses > 0 -> loseConnection(n); goto doubt }
    fi;
settled:
    atomic {
      /* Recording.isIn: what was to be recorded, is */
      if
      :: answer != noRequest && (me.attempt >= made || me.status != running) -> answer = noRequest
      :: else
      fi;
      reversed = reversed && !me.undoneR;
      made = (answer == noRequest -> 0 : made);
      count = 0;
      checked = false
    };
    goto decide;

drop:
    atomic { forget(n); printf("node %d: lets go of the saga\n", n) };
    goto idle
  } unless { dead[n] };
  atomic { forget(n) }
}

/* ---- The world ---- */

bool fresh[NODES + 1];      /* the heartbeat was sent less than a lease ago, by the node's clock */
bool beaten[NODES + 1];     /* it has prolonged the lease in the database */

/* NodeLease.beat, NodeLeases.HEARTBEAT; each of the three may come late. */
proctype Heartbeat(byte n) {
  bool found;
  atomic { !dead[n] && !isEnded -> fresh[n] = true; printf("node %d: sends a heartbeat\n", n) };
#if HEARTBEAT_BY_NOW
  /* "expires_at > now()": the time at which its transaction began */
  atomic { found = live[n]; printf("the transaction of the heartbeat begins: %d\n", found) };
#endif
  atomic {
    found = found || live[n] || UNGUARDED_HEARTBEAT;
    live[n] = found;
    beaten[n] = found;
    printf("the heartbeat of node %d arrives: %d\n", n, found)
  };
  atomic {
    held[n] = found && (fresh[n] || held[n]);
    printf("the heartbeat of node %d is answered: %d\n", n, held[n]);
    fresh[n] = false;
    beaten[n] = false
  }
}

/* Time, and the end of a process. The node's lease ends before the one in the database does. */
proctype Fate(byte n) {
  do
  :: atomic {
       held[n] && !isEnded ->
       held[n] = false;
       printf("node %d: its lease is over by its own clock\n", n)
     }
  :: atomic { fresh[n] && !held[n] && !isEnded -> fresh[n] = false }
  :: atomic {
       live[n] && !held[n] && !(beaten[n] && fresh[n]) && !isEnded ->
       live[n] = false;
       printf("the lease of node %d is over by the database's clock\n", n)
     }
  :: atomic {
       DEATH && !dead[n] && !isEnded ->
       dead[n] = true;
       printf("node %d: dies\n", n);
       held[n] = false;
       tx[n].abandoned = (tx[n].state != free);
       stray = stray + (request[n] == onItsWay -> 1 : 0);
       request[n] = noRequest
     }
  od
}

/* The participant of R; with a barrier it refuses an action that comes after its compensation. */
inline arrive() {
  printf("the call arrives\n");
  if
  :: !undone || NO_BARRIER -> stands = true; CHECK(FAILURE, db.R != failed)
  :: else
  fi
}

proctype Participant(byte n) {
  do
  :: atomic { request[n] == onItsWay && (!undone || NO_BARRIER) -> arrive(); request[n] = yes }
  :: atomic { request[n] == onItsWay -> request[n] = no; printf("the participant refuses\n") }
  od
}

proctype Network() {
  do
  :: atomic { stray > 0 -> stray--; arrive() }
  :: atomic { stray > 0 -> stray--; printf("the call is lost\n") }
  od
}

inline wake() {
  printf("the signal is counted\n");
  REACH(PARKED, owner != 0 || db.W != waiting);
  signals++;
  due = due || owner == 0 && !isEnded
}

/* Somebody sends the signal, at any time. */
proctype Sender() {
  if
  /* SendSignal.SEND, in a transaction of its own */
  :: atomic { !locked -> sent = true; wake() }
  /* SendSignal.JOIN, or a saga that stays locked; then RouteSignals.ROUTE, if it is not taken */
  :: atomic { sent = true; printf("the signal is sent\n") };
     atomic {
       !locked ->
       if
       :: sent -> wake()
       :: else
       fi
     }
  fi
}

/* Somebody cancels, at any time or never: AmendSaga, ChangeKind.REQUEST_CANCEL. */
proctype Operator() {
  if
  :: atomic {
       !locked && !isEnded ->
       epoch++;
       db.cancelled = true;
       due = due || owner == 0;
       printf("somebody cancels, epoch %d\n", epoch)
     }
  fi
}

init {
  byte i;
  atomic {
    for (i : 1 .. NODES) {
      live[i] = true;
      held[i] = true;
      run Node(i);
      run Participant(i)
    }
    for (i : 1 .. NODES - 1) {
#if BEATS
      run Heartbeat(i);
#endif
      run Fate(i)
    }
    for (i : 1 .. NODES + LOSSES) {
      run Session(i)
    }
    run Network();
#if WAIT
    run Sender();
#endif
#if CANCEL
    run Operator();
#endif
    i = 0
  };
  timeout ->
  REACH(COMPLETED, db.status != completed);
  REACH(COMPENSATED, db.status != compensated || !db.undoneL || !db.undoneR);
  REACH(DOUBTED, db.R != succeeded || db.attempt < 2);
  CHECK(AT_REST, isEnded && !locked);
  CHECK(OWED, db.status != completed || stands == REMOTE && effectsL == 1 && undoingsL == 0);
  CHECK(NEUTRAL, db.status != compensated || !stands)
}
