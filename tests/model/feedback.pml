/* Delivery and feedback between a melder, the broker and two desks, the second of which stands by for the first
   (broker/DESIGN.md, schemas/PROTOCOL.md "Obligations"). Every interleaving is searched by run.sh: answers that are
   lost, asked again or doubled, a broker and a desk that stop at any moment, desks that never answer, a deadline that
   passes at any moment. A mutant is compiled in with -D and must break an assertion. */

#define DESKS 2
#define CRASHES 1   /* of the broker */
#define LOSSES 2    /* of messages, in all */

/* What the broker has on disk. */
bool signal;
bool queued[DESKS];      /* delivery is owed */
bool owes[DESKS];        /* obligation is open */
bool feedback[DESKS], silence[DESKS];

/* What the melder's and the desks' stores hold. */
bool told_accepted;      /* the melder has the receipt */
bool read_feedback[DESKS], read_silence[DESKS];
bool has[DESKS];         /* the desk keeps the signal */
byte shown[DESKS];       /* how often a person saw it as new */
bool told_taken[DESKS];  /* the desk has the broker's word that its answer is kept */

bool passed[DESKS];      /* the deadline of this desk is over */
bool in_commit;          /* the broker has taken something in and not written it */
byte crashes, losses;

inline lose_or(ok) {
  if
  :: losses < LOSSES -> losses++; ok = false
  :: ok = true
  fi
}

/* What holds after every step. */
inline check() {
  /* accepted means durable, until the melder has read how it ends */
  assert(!told_accepted || signal);
  /* at least once, and one visible effect */
  assert(shown[0] <= 1 && shown[1] <= 1);
  /* an answer that the broker took is there for the melder */
  assert(!told_taken[0] || feedback[0] || read_feedback[0]);
  assert(!told_taken[1] || feedback[1] || read_feedback[1]);
  /* the guarantee: after the deadline the melder can read the answer, or that there was none */
  assert(!passed[0] || feedback[0] || silence[0] || read_feedback[0] || read_silence[0]);
  assert(!passed[1] || feedback[1] || silence[1] || read_feedback[1] || read_silence[1]);
  /* and a silent desk is not the end while somebody stands by */
  assert(!(passed[0] && silence[0]) || owes[1] || feedback[1] || read_feedback[1] || silence[1]);
  /* the one who stands by has nothing before it is its turn */
  assert(!has[1] || passed[0])
}

/* The melder asks to accept until it hears so; then reads what there is. */
active proctype Melder() {
  bool ok;
  byte d;
  do
  :: !told_accepted ->
     lose_or(ok);               /* the request */
     if
     :: ok ->
        in_commit = true;
#ifdef EARLY_ACK
        told_accepted = true;
#endif
        /* here the broker may stop: what was not written is gone */
        if
        :: in_commit ->
           atomic {
             if
             :: in_commit && !signal -> signal = true; queued[0] = true; owes[0] = true
             :: else
             fi;
             in_commit = false;
             check()
           };
           lose_or(ok);         /* the answer */
           if
           :: ok && signal -> atomic { told_accepted = true; check() }
           :: else
           fi
        :: !in_commit -> skip
        fi
     :: else
     fi
  :: told_accepted ->
     select(d : 0 .. DESKS - 1);
     atomic {
       if
       :: feedback[d] && !read_feedback[d] ->
#ifdef DELETE_ON_READ
          feedback[d] = false;
#endif
          lose_or(ok);
          if
          :: ok -> read_feedback[d] = true
          :: else
          fi
       :: silence[d] && !read_silence[d] -> read_silence[d] = true
       :: else
       fi;
       check()
     }
  :: told_accepted && read_silence[0] && read_silence[1] -> break
  :: told_accepted && read_feedback[0] -> break
  :: told_accepted && read_feedback[1] -> break
  od
}

proctype Desk(byte me) {
  bool ok;
  do
  :: queued[me] ->              /* a delivery, perhaps once more */
     lose_or(ok);
     if
     :: ok ->
        atomic {
#ifdef NO_DEDUPE
          shown[me]++;
#else
          if
          :: !has[me] -> shown[me]++
          :: else
          fi;
#endif
          has[me] = true;
          check()
        };
        /* the desk may stop here: it has the signal and has not said so */
        lose_or(ok);            /* the receipt */
        if
        :: ok -> queued[me] = false
        :: else
        fi
     :: else
     fi
  :: has[me] && owes[me] && !told_taken[me] ->   /* it answers, now or later or never */
     lose_or(ok);
     if
     :: ok ->
        atomic { feedback[me] = true; owes[me] = false; check() };
        lose_or(ok);
        if
        :: ok -> atomic { told_taken[me] = true; check() }
        :: else
        fi
     :: else
     fi
  :: told_taken[me] -> break
  :: break                      /* silent from here on */
  od
}

/* Deadlines pass when they will, in order; the transaction that notes it says so and wakes who stands by. */
active proctype Clock() {
end_nothing_owed:
  atomic {
    owes[0] && !passed[0] ->
    passed[0] = true;
#ifndef NO_ESCALATION
    silence[0] = true;
    queued[1] = true;
    owes[1] = true;
#endif
#ifdef TIMEOUT_DELETE
    signal = false;
    queued[0] = false;
#endif
    check()
  };
end_nothing_owed_further:
  atomic {
    owes[1] && !passed[1] ->
    passed[1] = true;
#ifndef NO_ESCALATION
    silence[1] = true;
#endif
    check()
  }
}

/* The broker stops: what it had not written is gone. */
active proctype Crash() {
  do
  :: crashes < CRASHES -> atomic { crashes++; in_commit = false; check() }
  :: break
  od
}

init {
  atomic { run Desk(0); run Desk(1) }
}
