//! Whatever happens, and however much of it between two looks: what is laid piece by piece is the same, item by item, as
//! what is laid anew.

mod made;

use super::*;
use crate::model::Coming;
use chat_core::*;
use jiff::tz::TimeZone;
use made::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// So many messages there are at the beginning.
const FIRST: u64 = 40;

/// Something that happens. Messages are picked by a number that is taken as often as it goes into how many there are.
#[derive(Debug, Clone)]
enum Act {
    /// Somebody says so many things; each answers another one, or none.
    Say(u128, u64, Option<u64>),
    Edit(u64),
    Delete(u64),
    React(u64),
    Read(u128, u64),
    /// Older messages come, so many.
    Older(u32),
    /// What is between two places comes.
    Island(u64, u64),
    KeepOnly(u64, u64),
    Echo(u64),
    Drop(u64),
    /// Somebody is called something else.
    Rename(u128),
    /// Somebody goes, or comes back.
    Leave(u128),
    Join(u128),
    /// The reader is about to delete it.
    Coming(u64),
    /// The divider goes before this place, or nowhere.
    Divide(Option<u64>),
}

fn act() -> impl Strategy<Value = Act> {
    let (n, who) = (0..200u64, 1..4u128);
    prop_oneof![
        6 => (who.clone(), 1..4u64, prop::option::of(n.clone())).prop_map(|(by, count, to)| Act::Say(by, count, to)),
        3 => n.clone().prop_map(Act::Edit),
        3 => n.clone().prop_map(Act::Delete),
        2 => n.clone().prop_map(Act::React),
        2 => (who.clone(), n.clone()).prop_map(|(who, seq)| Act::Read(who, seq)),
        3 => (1..12u32).prop_map(Act::Older),
        3 => (n.clone(), 1..12u64).prop_map(|(after, count)| Act::Island(after, count)),
        1 => (n.clone(), 1..30u64).prop_map(|(after, count)| Act::KeepOnly(after, count)),
        2 => (0..3u64).prop_map(Act::Echo),
        1 => (0..3u64).prop_map(Act::Drop),
        1 => who.clone().prop_map(Act::Rename),
        1 => who.clone().prop_map(Act::Leave),
        1 => who.prop_map(Act::Join),
        1 => n.clone().prop_map(Act::Coming),
        2 => prop::option::of(n).prop_map(Act::Divide),
    ]
}

/// A server, a client, and who looks at it now and then.
struct Scene {
    stored: BTreeMap<u64, Message>,
    last: u64,
    names: BTreeMap<u128, usize>,
    state: State,
    coming: BTreeMap<MessageId, Coming>,
    thread: Thread,
}

impl Scene {
    fn new() -> Self {
        let mut stored: BTreeMap<u64, Message> = BTreeMap::new();
        for n in 1..=FIRST {
            let answered = stored.get(&(n / 2)).filter(|_| n.is_multiple_of(4));
            let said = message(n, person(u128::from(n % 3) + 1, 0), answered);
            stored.insert(n, said);
        }
        let kept = Restored {
            conversations: vec![conversation(stored[&FIRST].clone())],
            ..Restored::default()
        };
        Self {
            state: State::restored(person(1, 0).id, kept),
            stored,
            last: FIRST,
            names: BTreeMap::new(),
            coming: BTreeMap::new(),
            thread: Thread::new(
                here(),
                ConversationKind::Group,
                String::new(),
                Timestamp::from_ms(0),
            ),
        }
    }

    /// A place at which something was said.
    fn pick(&self, n: u64) -> u64 {
        let at = usize::try_from(n).unwrap() % self.stored.len();
        *self.stored.keys().nth(at).unwrap()
    }

    fn called(&self, who: u128) -> usize {
        self.names.get(&who).copied().unwrap_or(0)
    }

    fn log(&mut self, event: impl FnOnce(u64) -> Event) {
        self.last += 1;
        let event = event(self.last);
        self.stored
            .values_mut()
            .for_each(|message| message.take(&event));
        if let Event::MessageNew(message) = &event {
            self.stored.insert(self.last, message.clone());
        }
        let envelope = Envelope {
            conversation_id: Some(here()),
            place: Place::Log(seq(self.last)),
            at: None,
            event,
        };
        self.state.apply(envelope, Timestamp::from_ms(0));
    }

    fn pass(&mut self, event: Event) {
        let envelope = Envelope::passing(Some(here()), event);
        self.state.apply(envelope, Timestamp::from_ms(0));
    }

    fn learn(&mut self, after: u64, through: u64) {
        let (after, through) = (after.min(self.last), through.min(self.last));
        let items = self.stored.range(after + 1..through + 1);
        let items = items.map(|(_, message)| message.clone()).collect();
        let stretch = Stretch {
            after: seq(after),
            through: seq(through),
        };
        self.state.apply_stretch_of(here(), stretch, items);
    }

    fn say(&mut self, by: u128, answered: Option<u64>) {
        let sender = person(by, self.called(by));
        let answered = answered.map(|n| self.stored[&self.pick(n)].clone());
        let answered = answered.filter(|answered| answered.deleted_at.is_none());
        self.log(|place| Event::MessageNew(message(place, sender, answered.as_ref())));
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Say(by, count, answered) => (0..count).for_each(|_| self.say(by, answered)),
            Act::Edit(n) => {
                let id = id(self.pick(n));
                self.log(|place| {
                    Event::MessageEdited(MessageEdited {
                        id,
                        content: format!("edited at {place}"),
                        edited_at: Timestamp::from_ms(0),
                        mentions: Vec::new(),
                    })
                });
            }
            Act::Delete(n) => {
                let id = id(self.pick(n));
                let deleted_at = Timestamp::from_ms(0);
                self.log(|_| {
                    Event::MessageDeleted(MessageDeleted {
                        id,
                        deleted_at,
                        deleted_by: None,
                    })
                });
            }
            Act::React(n) => {
                let change = ReactionChange {
                    message_id: id(self.pick(n)),
                    emoji: "👍".to_owned(),
                    user_id: person(2, 0).id,
                    reaction: None,
                };
                self.log(|_| Event::ReactionRemoved(change));
            }
            Act::Read(who, n) => self.pass(Event::Read(Mark {
                user_id: person(who, 0).id,
                read_seq: seq(n),
                delivered_seq: seq(n),
            })),
            Act::Older(count) => {
                let known = self.state.conversation(here()).unwrap().stretches();
                let begin = known.last().unwrap().after.get();
                self.learn(begin.saturating_sub(count.into()), begin);
            }
            Act::Island(after, count) => self.learn(after, after + count),
            Act::KeepOnly(after, count) => {
                let kept = Stretch {
                    after: seq(after),
                    through: seq(after + count),
                };
                self.state.keep_only(here(), &[kept]);
            }
            act => self.act_otherwise(act),
        }
    }

    fn act_otherwise(&mut self, act: Act) {
        let key = |n| ClientId::try_from(format!("echo{n}")).unwrap();
        let change = |member: Member| MemberChange {
            by: member.user.id,
            member,
            member_count: 3,
            moved_up: None,
        };
        match act {
            Act::Echo(n) => self.state.echo(Echo {
                client_id: key(n),
                conversation_id: here(),
                content: format!("at {}", self.last),
                created_at: Timestamp::from_ms(i64::try_from(self.last).unwrap() * 5 * 3_600_000),
                reply_to: None,
                status: EchoStatus::Pending,
            }),
            Act::Drop(n) => self.state.drop_echo(here(), &key(n)),
            Act::Rename(who) => {
                *self.names.entry(who).or_default() += 1;
                let user = person(who, self.called(who));
                self.stored
                    .values_mut()
                    .for_each(|message| message.rename(&user));
                self.pass(Event::UserChanged(user));
            }
            Act::Leave(who) => {
                let member = member(who, self.called(who));
                self.log(|_| Event::MemberLeft(change(member)));
            }
            Act::Join(who) => {
                let member = member(who, self.called(who));
                self.log(|_| Event::MemberJoined(change(member)));
            }
            Act::Coming(n) => {
                let me = person(1, 0).id;
                let going = Coming {
                    is_deleted: true,
                    ..Coming::by(me)
                };
                self.coming = BTreeMap::from([(id(self.pick(n)), going)]);
                self.thread.announce(&self.coming);
            }
            Act::Divide(after) => self.thread.new_after = after.map(seq),
            _ => {}
        }
    }

    fn look(&mut self) -> Result<(), TestCaseError> {
        let source = Source {
            state: &self.state,
            known: self.state.conversation(here()).unwrap(),
            zone: &TimeZone::UTC,
            coming: &self.coming,
        };
        self.thread.refresh(&source, true);
        let mut anew = Thread::new(
            here(),
            ConversationKind::Group,
            String::new(),
            Timestamp::from_ms(0),
        );
        anew.refresh(&source, true);
        anew.new_after = self.thread.new_after;
        anew.divide_new();
        let pairs = self.thread.items.iter().zip(&anew.items);
        for (item, other) in pairs {
            prop_assert!(is_same(item, other), "{item:#?} is no {other:#?}");
        }
        prop_assert_eq!(self.thread.items.len(), anew.items.len());
        Ok(())
    }
}

fn is_same(item: &Item, other: &Item) -> bool {
    match (item, other) {
        (Item::Entry(item), Item::Entry(other)) => {
            let shown = |entry: &Entry| {
                let (name, state) = (entry.name.clone(), entry.state.clone());
                let quote = entry.quote().map(str::to_owned);
                (
                    entry.key.clone(),
                    name,
                    entry.text.clone(),
                    state,
                    quote,
                    entry.coming.clone(),
                )
            };
            // It is the same message, too, and not another that says the same.
            shown(item) == shown(other) && std::ptr::eq(item.extras(), other.extras())
        }
        (Item::Day(day, _), Item::Day(other_day, _)) if day != other_day => false,
        (Item::Gap(through, _), Item::Gap(other, _)) if through != other => false,
        (item, other) => item.key() == other.key(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_laid_piece_by_piece_is_what_is_laid_anew(
        acts in prop::collection::vec((act(), prop::bool::weighted(0.6)), 1..60),
    ) {
        let mut scene = Scene::new();
        scene.look()?;
        for (act, looks) in acts {
            scene.act(act);
            if looks {
                scene.look()?;
            }
        }
        scene.look()?;
    }
}
