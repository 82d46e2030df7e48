//! The ends of logs against a model: whatever happens to a log, and whichever older end lies in the cache, a page is what
//! the database would have answered.

use super::*;
use chat_core::{Epoch, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    seq: Seq,
    id: MessageId,
    text: u64,
}

impl Placed for Said {
    fn seq(&self) -> Seq {
        self.seq
    }

    fn id(&self) -> MessageId {
        self.id
    }
}

/// A conversation as a database has it.
#[derive(Debug, Clone)]
struct Log {
    state: LogState,
    messages: Vec<Said>,
}

impl Log {
    fn new() -> Self {
        let state = LogState {
            epoch: Epoch::new(1),
            last_seq: Seq::ZERO,
            changed_at: Timestamp::from_ms(0),
        };
        Self {
            state,
            messages: Vec::new(),
        }
    }

    fn take_place(&mut self, moment: u64) -> Seq {
        self.state.last_seq = self.state.last_seq.next();
        self.state.changed_at = Timestamp::from_ms(moment.cast_signed());
        self.state.last_seq
    }

    fn newest(&self, count: usize) -> Vec<Said> {
        self.messages[self.messages.len().saturating_sub(count)..].to_vec()
    }

    fn since(&self, from: Seq, limit: usize) -> Vec<Said> {
        let since = self.messages.iter().filter(|said| said.seq >= from);
        since.take(limit).cloned().collect()
    }

    /// What it answers without any cache.
    fn page(&self, place: Where, limit: usize) -> (Vec<Said>, bool, bool) {
        let nth = |seq: Seq| self.messages.partition_point(|said| said.seq < seq);
        let all = self.messages.len();
        let (start, end) = match place {
            Where::Newest => (all.saturating_sub(limit), all),
            Where::Before(seq) => (nth(seq).saturating_sub(limit), nth(seq)),
            Where::After(seq) => (nth(seq.next()), all.min(nth(seq.next()) + limit)),
            Where::Around(seq) => (
                nth(seq).saturating_sub(limit / 2),
                all.min(nth(seq) + limit - limit / 2),
            ),
        };
        (self.messages[start..end].to_vec(), start > 0, end < all)
    }
}

#[derive(Debug, Clone)]
enum Step {
    /// So many messages.
    Say(u64),
    /// One of them becomes another.
    Change(prop::sample::Index),
    /// Something else takes a place.
    Happen,
    /// The database forgets everything since a moment, and takes the same places again.
    Forget(prop::sample::Index),
    /// It was restored as it should be.
    Restore(prop::sample::Index),
    /// A page is asked for, while one of all ends that ever were lies in the cache, or none.
    Ask(Option<prop::sample::Index>, u8, u64, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => (1_u64..130).prop_map(Step::Say),
        2 => index().prop_map(Step::Change),
        2 => Just(Step::Happen),
        1 => index().prop_map(Step::Forget),
        1 => index().prop_map(Step::Restore),
        8 => (prop::option::weighted(0.9, index()), 0_u8..6, 0_u64..400, 1_usize..101)
            .prop_map(|(which, kind, place, limit)| Step::Ask(which, kind, place, limit)),
    ]
}

fn place(kind: u8, seq: u64) -> Where {
    let seq = Seq::ZERO.plus(seq);
    match kind {
        0 => Where::Before(seq),
        1 => Where::After(seq),
        2 => Where::Around(seq),
        _ => Where::Newest,
    }
}

/// As [`super::super::Recent`] does it. Returns the end that is kept then, and whether the page came of it.
fn ask(
    log: &Log,
    kept: Option<End<Said>>,
    place: Where,
    limit: usize,
) -> (Option<End<Said>>, bool) {
    let end = kept.and_then(|end| {
        if end.state == log.state {
            return Some(end);
        }
        let (from, count) = end.grows_from(log.state)?;
        end.grow(log.state, log.since(from, count))
    });
    let end = match end {
        Some(end) if end.page(place, limit).is_some() => end,
        end if place != Where::Newest => return (end, false),
        _ => {
            let wanted = limit.max(50);
            End::new(log.state, log.newest(wanted + 1), wanted)
        }
    };
    let found = end.page(place, limit).expect("it was just filled");
    let page = end.messages[found.range].to_vec();
    let answer = (page, found.has_before, found.has_after);
    assert_eq!(answer, log.page(place, limit), "{place:?} {limit}");
    (Some(end), true)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_page_is_what_the_database_would_have_answered(steps in prop::collection::vec(step(), 1..60)) {
        let (mut log, mut ends, mut moment) = (Log::new(), Vec::<End<Said>>::new(), 0);
        let mut pasts = vec![log.clone()];
        for step in steps {
            moment += 1;
            match step {
                Step::Say(count) => for _ in 0..count {
                    moment += 1;
                    let seq = log.take_place(moment);
                    let id = MessageId::new(Uuid::from_u128(u128::from(moment)));
                    log.messages.push(Said { seq, id, text: moment });
                },
                Step::Change(which) => if !log.messages.is_empty() {
                    log.take_place(moment);
                    let nth = which.index(log.messages.len());
                    log.messages[nth].text = moment;
                },
                Step::Happen => { log.take_place(moment); }
                Step::Forget(which) => log = which.get(&pasts).clone(),
                Step::Restore(which) => {
                    log = which.get(&pasts).clone();
                    log.state.epoch = Epoch::new(moment);
                }
                Step::Ask(which, kind, seq, limit) => {
                    let kept = which.filter(|_| !ends.is_empty()).map(|which| which.get(&ends).clone());
                    ends.extend(ask(&log, kept, place(kind, seq), limit).0);
                }
            }
            pasts.push(log.clone());
        }
    }
}

#[test]
fn what_came_since_is_put_to_an_end_and_a_change_is_not() {
    let mut log = Log::new();
    for moment in 1..=60 {
        let seq = log.take_place(moment);
        let id = MessageId::new(Uuid::from_u128(u128::from(moment)));
        log.messages.push(Said {
            seq,
            id,
            text: moment,
        });
    }
    let (end, _) = ask(&log, None, Where::Newest, 50);
    let end = end.expect("it was filled");
    let second = ask(
        &log,
        Some(end.clone()),
        Where::Before(Seq::ZERO.plus(31)),
        20,
    );
    assert!(second.1, "a page in the midst of it is there, too");

    let mut grown = log.clone();
    let said = Said {
        seq: grown.take_place(61),
        id: MessageId::new(Uuid::nil()),
        text: 61,
    };
    grown.messages.push(said);
    let (from, count) = end.grows_from(grown.state).expect("it may grow");
    assert_eq!((from.get(), count), (60, 2));
    let longer = end.clone().grow(grown.state, grown.since(from, count));
    assert_eq!(longer.expect("it grows").messages.len(), 51);

    let mut changed = log;
    changed.messages[55].text = 0;
    changed.take_place(61);
    let (from, count) = end.grows_from(changed.state).expect("it may grow");
    assert_eq!(end.grow(changed.state, changed.since(from, count)), None);
}
