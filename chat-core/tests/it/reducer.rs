//! The reducer's promise: an older snapshot plus the events since equals a fresh snapshot, whatever happened, and
//! however the events arrive: twice, early, or with their log fetched later.

mod acts;
mod coverage;
mod facts;
mod reference;
mod telling;

use acts::{Act, act};
use chat_core::*;
use proptest::prelude::*;
use reference::{PEOPLE, Reference, here, person, seq};
use std::{collections::BTreeMap, sync::Arc};

const NOW: Timestamp = Timestamp::from_ms(0);

fn start(reference: &Reference) -> State {
    let mut state = State::new(person(0));
    assert!(!state.apply_sync(reference.sync(&state, usize::MAX)));
    state
}

/// Asks until everything is there, as a client does.
fn catch_up(state: &mut State, reference: &Reference, limit: usize) {
    while state.apply_sync(reference.sync(state, limit)) {}
}

fn tell(state: &mut State, told: Vec<Envelope>) {
    for envelope in told {
        state.apply(envelope, NOW);
    }
}

fn known(state: &State) -> Vec<Message> {
    let known = state.conversation(here());
    known.map_or(Vec::new(), |known| known.messages().cloned().collect())
}

/// Everything that a fresh start would know is known, and nothing else; of the messages, the newest ones without a hole.
fn check(state: &State, reference: &Reference) -> Result<(), TestCaseError> {
    let shown = state.conversation(here());
    prop_assert_eq!(
        shown.map(|known| known.conversation().clone()),
        reference.snapshot()
    );
    prop_assert_eq!(state.account(), Some(&reference.me()));
    let contacts: Vec<_> = state.contacts().cloned().collect();
    let kept = reference.contacts.keys();
    let kept: Vec<_> = kept.filter_map(|who| reference.contact(*who)).collect();
    let (mut wanted, mut others): (Vec<_>, Vec<_>) =
        kept.into_iter().partition(|contact| contact.favorite);
    for part in [&mut wanted, &mut others] {
        part.sort_by_key(|contact| contact.user.username.clone());
    }
    wanted.extend(others);
    prop_assert_eq!(contacts, wanted);
    for who in 0..PEOPLE {
        prop_assert_eq!(
            state.is_blocked(person(who)),
            reference.blocked.contains(&who)
        );
    }
    let known = known(state);
    let first = known.first().map_or(Seq::MAX, |message| message.seq);
    let mut stored = reference.messages();
    stored.retain(|message| message.seq >= first);
    prop_assert_eq!(known, stored);
    Ok(())
}

/// Presence is only told live: no sync brings it again.
fn check_presence(state: &State, reference: &Reference) -> Result<(), TestCaseError> {
    for who in 0..PEOPLE {
        prop_assert_eq!(state.presence(person(who)), reference.presence.get(&who));
    }
    Ok(())
}

fn kind() -> impl Strategy<Value = ConversationKind> {
    prop::sample::select(vec![
        ConversationKind::Direct,
        ConversationKind::Group,
        ConversationKind::Channel,
    ])
}

/// What may become of the events of an act on their way.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Lost,
    Late,
    Twice,
    Once,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop::sample::select(vec![
        Fate::Lost,
        Fate::Late,
        Fate::Twice,
        Fate::Once,
        Fate::Once,
    ])
}

/// The conversation's log and the viewer's own come by different ways: either may be faster.
#[derive(Debug, Clone, Copy)]
enum Order {
    AsItHappened,
    OwnFirst,
    OwnLast,
}

impl Order {
    fn sort(self, waiting: &mut [Envelope]) {
        let is_own = |envelope: &Envelope| matches!(envelope.place, Place::Inbox(_));
        let is_news = |envelope: &Envelope| matches!(envelope.event, Event::ConversationNew(_));
        match self {
            Self::OwnFirst if !waiting.iter().any(is_news) => {
                waiting.sort_by_key(|envelope| !is_own(envelope));
            }
            // A profile is the same in a contact and by itself, and marks have no place in the log: one that overtakes the
            // conversation it is in comes with the next sync. These stay in their order.
            Self::OwnLast => waiting.sort_by_key(|envelope| {
                let event = &envelope.event;
                is_own(envelope)
                    || matches!(
                        event,
                        Event::UserChanged(_) | Event::Read(_) | Event::Delivered(_)
                    )
            }),
            _ => {}
        }
    }
}

/// One step of a client that reads older messages while things happen.
#[derive(Debug, Clone)]
enum Step {
    /// Something happens, and waits to be told.
    Happen(Act),
    /// The client is told all that waits.
    Hear(Order),
    /// What waits is lost with the socket, and the client syncs, so many entries at a time.
    Sync(usize),
    /// The server reads a page of so many messages for the client.
    Read(u32),
    /// The client gets the page.
    Receive,
    /// The client lets everything go but what is between these places.
    KeepOnly(usize, usize),
}

fn order() -> impl Strategy<Value = Order> {
    prop::sample::select(vec![Order::AsItHappened, Order::OwnFirst, Order::OwnLast])
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => act().prop_map(Step::Happen),
        4 => order().prop_map(Step::Hear),
        1 => (1usize..20).prop_map(Step::Sync),
        3 => (1u32..6).prop_map(Step::Read),
        2 => Just(Step::Receive),
        1 => (0usize..60, 0usize..30).prop_map(|(after, count)| Step::KeepOnly(after, count)),
    ]
}

/// Takes in a page, unless the conversation was left since it was asked for.
fn receive(state: &mut State, (page, asked, life): (MessagePage, History, Option<Life>)) {
    if state.conversation(here()).map(ConversationState::life) == life {
        state.apply_page(&asked, page);
    }
}

/// Every stretch that is known is as it is by now, and none is out of its place.
fn check_stretches(state: &State, reference: &Reference) -> Result<(), TestCaseError> {
    let Some(known) = state.conversation(here()) else {
        return Ok(());
    };
    let mut through: Option<Seq> = None;
    for stretch in known.stretches() {
        prop_assert!(through.is_none_or(|through| through < stretch.after));
        through = Some(stretch.through);
        let mut stored = reference.messages();
        stored.retain(|message| stretch.holds(message.seq));
        let known: Vec<_> = known.messages_in(stretch).cloned().collect();
        prop_assert_eq!(known, stored);
    }
    Ok(())
}

/// What a screen shows of the messages: how they were when it last looked, and when that was.
#[derive(Default)]
struct Look {
    shown: BTreeMap<Seq, Arc<Message>>,
    at: Option<Moment>,
}

impl Look {
    /// Only what is said to be different is looked at; then everything is as it is.
    fn again(&mut self, state: &State) -> Result<(), TestCaseError> {
        let Some(known) = state.conversation(here()) else {
            *self = Self::default();
            return Ok(());
        };
        let all = known.stretches().into_iter();
        let all = all.flat_map(|stretch| known.shared_messages_in(stretch));
        let all: BTreeMap<_, _> = all.map(|message| (message.seq, message.clone())).collect();
        match self.at.and_then(|at| known.changed_since(at)) {
            None => self.shown.clone_from(&all),
            Some(changed) => {
                for seq in changed {
                    self.shown.insert(seq, all[&seq].clone());
                }
            }
        }
        self.at = Some(known.moment());
        prop_assert!(self.shown.keys().eq(all.keys()));
        let mut pairs = self.shown.values().zip(all.values());
        prop_assert!(pairs.all(|(shown, is)| Arc::ptr_eq(shown, is)));
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn old_snapshot_plus_events_is_a_fresh_snapshot(
        kind in kind(),
        members in 2..PEOPLE,
        before in prop::collection::vec(act(), 0..40),
        since in prop::collection::vec(act(), 0..60),
    ) {
        let mut reference = Reference { kind, ..Reference::new(members) };
        before.into_iter().for_each(|act| { reference.act(act); });
        reference.presence.clear();
        let mut state = start(&reference);
        check(&state, &reference)?;

        for act in since {
            for envelope in reference.act(act) {
                // Who has come back is told of the conversation in their own log, after its own entry.
                let is_news = state.conversation(here()).is_none() && envelope.conversation_id.is_some();
                let applied = state.apply(envelope, NOW);
                prop_assert!(is_news || applied != Applied::Gap);
            }
            check(&state, &reference)?;
            check_presence(&state, &reference)?;
        }
    }

    #[test]
    fn events_lost_doubled_or_early_change_nothing_once_synced(
        before in prop::collection::vec(act(), 0..20),
        since in prop::collection::vec((act(), fate()), 0..60),
        limit in 1usize..40,
    ) {
        let mut reference = Reference::new(5);
        before.into_iter().for_each(|act| { reference.act(act); });
        let mut state = start(&reference);
        let mut late = Vec::new();

        for (act, fate) in since {
            let told = reference.act(act);
            match fate {
                Fate::Lost => {}
                Fate::Late => late.extend(told),
                Fate::Twice => {
                    tell(&mut state, told.clone());
                    tell(&mut state, told);
                }
                Fate::Once => tell(&mut state, told),
            }
        }
        catch_up(&mut state, &reference, limit);
        late.retain(|envelope| envelope.place != Place::Nowhere);
        tell(&mut state, late);

        check(&state, &reference)?;
    }

    #[test]
    fn a_page_read_before_changes_and_received_after_them_is_brought_up_to_date(
        before in prop::collection::vec(acts::act_on_message(), 5..40),
        steps in prop::collection::vec(step(), 0..80),
    ) {
        let mut reference = Reference::new(8);
        before.into_iter().for_each(|act| { reference.act(act); });
        let mut state = start(&reference);
        let (mut waiting, mut page) = (Vec::new(), None);
        let mut look = Look::default();

        for step in steps {
            match step {
                Step::Happen(act) => waiting.extend(reference.act(act)),
                Step::Hear(order) => {
                    order.sort(&mut waiting);
                    let told = waiting.drain(..).map(|envelope| state.apply(envelope, NOW));
                    if told.filter(|applied| *applied == Applied::Gap).count() > 0 {
                        catch_up(&mut state, &reference, usize::MAX);
                    }
                    check(&state, &reference)?;
                    check_stretches(&state, &reference)?;
                }
                Step::Sync(limit) => {
                    waiting.clear();
                    catch_up(&mut state, &reference, limit);
                }
                Step::Read(limit) => {
                    let asked = state.history_before(here(), limit);
                    let life = state.conversation(here()).map(ConversationState::life);
                    page = page.or(asked.map(|asked| (reference.page(&asked), asked, life)));
                }
                Step::Receive => if let Some(page) = page.take() {
                    receive(&mut state, page);
                }
                Step::KeepOnly(after, count) => {
                    let wanted = Stretch { after: seq(after), through: seq(after + count) };
                    state.keep_only(here(), &[wanted]);
                }
            }
            look.again(&state)?;
        }
        tell(&mut state, waiting);
        if let Some(page) = page {
            receive(&mut state, page);
        }

        check(&state, &reference)?;
        check_stretches(&state, &reference)?;
    }

    #[test]
    fn paging_back_meets_the_known_stretch_without_a_hole(count in 1usize..120, step in 1u32..40) {
        let mut reference = Reference::new(3);
        (0..count).for_each(|n| { reference.act(Act::say((n % 3) as u128, format!("m{n}"))); });
        let mut state = start(&reference);

        while let Some(asked) = state.history_before(here(), step) {
            let page = reference.page(&asked);
            prop_assert_eq!(state.apply_page(&asked, page), Applied::Changed(Some(here())));
        }

        prop_assert_eq!(known(&state), reference.messages());
    }
}
