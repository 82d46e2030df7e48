//! The reducer's promise: an older snapshot plus the events since equals a fresh snapshot, whatever happened, and
//! however the events arrive: twice, early, or with their log fetched later.

use chat_core::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use uuid::Uuid;

const PEOPLE: u128 = 14;

fn person(n: u128) -> UserId {
    UserId::new(Uuid::from_u128(n))
}

fn here() -> ConversationId {
    ConversationId::new(Uuid::from_u128(1 << 100))
}

fn seq(n: usize) -> Seq {
    Seq::try_from(n as u64).unwrap()
}

/// A reference of one conversation as a server would keep it, written without any of the reducer's code.
#[derive(Clone)]
struct Reference {
    names: BTreeMap<UserId, String>,
    title: Option<String>,
    members: Vec<(UserId, MemberRole, i64)>,
    marks: BTreeMap<UserId, (Seq, Seq)>,
    messages: Vec<Message>,
    log: Vec<Envelope>,
    inbox: Vec<Envelope>,
    clock: i64,
}

#[derive(Debug, Clone)]
enum Act {
    Send(u128, String),
    Edit(usize, String),
    Delete(usize, u128),
    Join(u128),
    Leave(u128),
    Role(u128, bool),
    Title(String),
    Read(u128, usize),
    Unread(usize),
    Delivered(u128, usize),
    Rename(u128, String),
    Broken,
}

impl Reference {
    fn new(members: u128) -> Self {
        Self {
            names: (0..PEOPLE).map(|n| (person(n), format!("p{n}"))).collect(),
            title: Some("t".into()),
            members: (0..members)
                .map(|n| (person(n), MemberRole::Member, n as i64))
                .collect(),
            marks: (0..PEOPLE)
                .map(|n| (person(n), (Seq::ZERO, Seq::ZERO)))
                .collect(),
            messages: Vec::new(),
            log: Vec::new(),
            inbox: Vec::new(),
            clock: 1000,
        }
    }

    fn user(&self, id: UserId) -> User {
        let name = self.names[&id].clone();
        User {
            id,
            username: name.clone(),
            display_name: name,
            avatar_url: None,
            presence: None,
            last_seen_at: None,
        }
    }

    fn member(&self, id: UserId) -> Member {
        let (_, role, joined) = *self
            .members
            .iter()
            .find(|(member, ..)| *member == id)
            .unwrap();
        let (read_seq, delivered_seq) = self.marks[&id];
        Member {
            user: self.user(id),
            role,
            joined_at: Timestamp::from_ms(joined),
            read_seq,
            delivered_seq,
        }
    }

    fn is_member(&self, id: UserId) -> bool {
        self.members.iter().any(|(member, ..)| *member == id)
    }

    fn my(&self) -> My {
        let (read_seq, delivered_seq) = self.marks[&person(0)];
        let unread = self
            .messages
            .iter()
            .filter(|m| m.seq > read_seq && m.sender.id != person(0))
            .count();
        My {
            role: self.member(person(0)).role,
            read_seq,
            delivered_seq,
            unread_count: unread as u32,
            counted_seq: seq(self.log.len()),
        }
    }

    fn snapshot(&self) -> Conversation {
        let fresh = |message: &Message| Message {
            sender: self.user(message.sender.id),
            ..message.clone()
        };
        Conversation {
            id: here(),
            kind: ConversationKind::Group,
            title: self.title.clone(),
            description: None,
            created_at: Timestamp::from_ms(0),
            updated_at: self
                .log
                .last()
                .map_or(Timestamp::from_ms(0), |envelope| envelope.at.unwrap()),
            epoch: Epoch::new(7),
            last_seq: seq(self.log.len()),
            last_message: self.messages.last().map(fresh),
            members: self
                .members
                .iter()
                .take(10)
                .map(|(id, ..)| self.member(*id))
                .collect(),
            member_count: self.members.len() as u32,
            my: self.my(),
        }
    }

    fn durable(&mut self, event: Event) -> Envelope {
        self.clock += 1;
        let place = Place::Log(seq(self.log.len() + 1));
        let at = Some(Timestamp::from_ms(self.clock));
        let envelope = Envelope {
            conversation_id: Some(here()),
            place,
            at,
            event,
        };
        self.log.push(envelope.clone());
        envelope
    }

    fn my_changed(&mut self) -> Envelope {
        let event = Event::MyChanged(MyChanged {
            conversation_id: here(),
            my: self.my(),
        });
        let place = Place::Inbox(seq(self.inbox.len() + 1));
        let envelope = Envelope {
            conversation_id: Some(here()),
            place,
            at: None,
            event,
        };
        self.inbox.push(envelope.clone());
        envelope
    }

    fn change(&self, member: Member, by: u128, moved_up: Option<Member>) -> MemberChange {
        MemberChange {
            member,
            member_count: self.members.len() as u32,
            by: person(by),
            moved_up,
        }
    }

    /// Does it, and returns what the viewer (person 0) is told.
    fn act(&mut self, act: Act) -> Vec<Envelope> {
        match act {
            Act::Send(..) | Act::Edit(..) | Act::Delete(..) => self.act_on_messages(act),
            Act::Join(_) | Act::Leave(_) | Act::Role(..) => self.act_on_members(act),
            other => self.act_on_the_rest(other),
        }
    }

    fn act_on_messages(&mut self, act: Act) -> Vec<Envelope> {
        match act {
            Act::Send(by, content) if self.is_member(person(by)) => {
                let n = self.log.len() + 1;
                let message = Message {
                    id: MessageId::new(Uuid::from_u128(n as u128)),
                    conversation_id: here(),
                    seq: seq(n),
                    client_id: ClientId::try_from(format!("c{n}")).unwrap(),
                    sender: self.user(person(by)),
                    content,
                    created_at: Timestamp::from_ms(self.clock),
                    edited_at: None,
                    deleted_at: None,
                    deleted_by: None,
                };
                self.messages.push(message.clone());
                vec![self.durable(Event::MessageNew(message))]
            }
            Act::Edit(nth, content)
                if nth < self.messages.len() && self.messages[nth].deleted_at.is_none() =>
            {
                let edited_at = Timestamp::from_ms(self.clock);
                self.messages[nth].content = content.clone();
                self.messages[nth].edited_at = Some(edited_at);
                let id = self.messages[nth].id;
                vec![self.durable(Event::MessageEdited(MessageEdited {
                    id,
                    content,
                    edited_at,
                }))]
            }
            Act::Delete(nth, by)
                if nth < self.messages.len() && self.messages[nth].deleted_at.is_none() =>
            {
                let deleted_at = Timestamp::from_ms(self.clock);
                let message = &mut self.messages[nth];
                message.content = String::new();
                message.edited_at = None;
                message.deleted_at = Some(deleted_at);
                message.deleted_by = Some(person(by));
                let id = message.id;
                vec![self.durable(Event::MessageDeleted(MessageDeleted {
                    id,
                    deleted_at,
                    deleted_by: person(by),
                }))]
            }
            _ => Vec::new(),
        }
    }

    fn act_on_members(&mut self, act: Act) -> Vec<Envelope> {
        match act {
            Act::Join(who) if !self.is_member(person(who)) => {
                self.members
                    .push((person(who), MemberRole::Member, self.clock));
                let change = self.change(self.member(person(who)), 1, None);
                vec![self.durable(Event::MemberJoined(change))]
            }
            Act::Leave(who) if who != 0 && self.is_member(person(who)) => {
                let member = self.member(person(who));
                let place = self
                    .members
                    .iter()
                    .position(|(id, ..)| *id == person(who))
                    .unwrap();
                self.members.remove(place);
                let next = self
                    .members
                    .get(9)
                    .filter(|_| place < 10)
                    .map(|(id, ..)| self.member(*id));
                let change = self.change(member, who, next);
                vec![self.durable(Event::MemberLeft(change))]
            }
            Act::Role(who, admin) if self.is_member(person(who)) => {
                let entry = self
                    .members
                    .iter_mut()
                    .find(|(id, ..)| *id == person(who))
                    .unwrap();
                entry.1 = if admin {
                    MemberRole::Admin
                } else {
                    MemberRole::Member
                };
                let change = self.change(self.member(person(who)), 1, None);
                vec![self.durable(Event::MemberChanged(change))]
            }
            _ => Vec::new(),
        }
    }

    fn act_on_the_rest(&mut self, act: Act) -> Vec<Envelope> {
        match act {
            Act::Title(title) => {
                self.title = Some(title.clone());
                let change = ConversationChange {
                    title: Some(title),
                    description: None,
                    by: person(1),
                };
                vec![self.durable(Event::ConversationChanged(change))]
            }
            Act::Read(who, to) if self.is_member(person(who)) => {
                let mark = self.marks.get_mut(&person(who)).unwrap();
                mark.0 = mark.0.max(seq(to.min(self.log.len())));
                self.tell_mark(who, Event::Read)
            }
            Act::Unread(from) => {
                let mark = self.marks.get_mut(&person(0)).unwrap();
                mark.0 = mark.0.min(seq(from));
                self.tell_mark(0, Event::Read)
            }
            Act::Delivered(who, to) if self.is_member(person(who)) => {
                let mark = self.marks.get_mut(&person(who)).unwrap();
                mark.1 = mark.1.max(seq(to.min(self.log.len())));
                self.tell_mark(who, Event::Delivered)
            }
            Act::Rename(who, name) => {
                self.names.insert(person(who), name);
                vec![Envelope::passing(
                    None,
                    Event::UserChanged(self.user(person(who))),
                )]
            }
            Act::Broken => vec![self.durable(Event::Unreadable(Unreadable { kind: "x".into() }))],
            _ => Vec::new(),
        }
    }

    fn tell_mark(&mut self, who: u128, event: fn(Mark) -> Event) -> Vec<Envelope> {
        let (read_seq, delivered_seq) = self.marks[&person(who)];
        let mark = Mark {
            user_id: person(who),
            read_seq,
            delivered_seq,
        };
        let mut told = vec![Envelope::passing(Some(here()), event(mark))];
        if who == 0 {
            told.push(self.my_changed());
        }
        told
    }

    /// The answer to a sync from the state's positions.
    fn sync(&self, state: &State) -> Synced {
        let inbox = state.inbox().map_or(Seq::ZERO, |position| position.seq);
        let position = state.positions().get(&here()).copied();
        let stretch = position.map(|position| ConversationEvents {
            conversation_id: here(),
            epoch: Epoch::new(7),
            from: position.seq,
            to: seq(self.log.len()),
            events: self.log[position.seq.get() as usize..].to_vec(),
            head: seq(self.log.len()),
            marks: self
                .members
                .iter()
                .map(|(id, ..)| Mark {
                    user_id: *id,
                    read_seq: self.marks[id].0,
                    delivered_seq: self.marks[id].1,
                })
                .collect(),
            my: self.my(),
        });
        Synced {
            inbox: InboxEvents {
                epoch: Epoch::new(1),
                from: inbox,
                to: seq(self.inbox.len()),
                events: self.inbox[inbox.get() as usize..].to_vec(),
            },
            new: if position.is_none() {
                vec![self.snapshot()]
            } else {
                Vec::new()
            },
            conversations: stretch.into_iter().collect(),
            reset: Vec::new(),
            gone: Vec::new(),
            users: self.names.keys().map(|id| self.user(*id)).collect(),
            more: false,
            server_time: Timestamp::from_ms(self.clock),
        }
    }
}

fn act() -> impl Strategy<Value = Act> {
    let who = 0..PEOPLE;
    let text = "[a-z]{1,6}";
    prop_oneof![
        6 => (who.clone(), text).prop_map(|(who, text)| Act::Send(who, text)),
        3 => (0usize..20, text).prop_map(|(nth, text)| Act::Edit(nth, text)),
        2 => (0usize..20, who.clone()).prop_map(|(nth, who)| Act::Delete(nth, who)),
        2 => who.clone().prop_map(Act::Join),
        2 => who.clone().prop_map(Act::Leave),
        1 => (who.clone(), any::<bool>()).prop_map(|(who, admin)| Act::Role(who, admin)),
        1 => text.prop_map(Act::Title),
        3 => (who.clone(), 0usize..60).prop_map(|(who, to)| Act::Read(who, to)),
        1 => (0usize..60).prop_map(Act::Unread),
        2 => (who.clone(), 0usize..60).prop_map(|(who, to)| Act::Delivered(who, to)),
        1 => (who, text).prop_map(|(who, name)| Act::Rename(who, name)),
        1 => Just(Act::Broken),
    ]
}

fn start(reference: &Reference) -> State {
    let mut state = State::new(person(0));
    assert!(!state.apply_sync(reference.sync(&state)));
    state
}

fn shown(state: &State) -> Conversation {
    state.conversation(here()).unwrap().conversation().clone()
}

const NOW: Timestamp = Timestamp::from_ms(0);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn old_snapshot_plus_events_is_a_fresh_snapshot(
        members in 2..PEOPLE,
        before in prop::collection::vec(act(), 0..30),
        since in prop::collection::vec(act(), 0..40),
    ) {
        let mut reference = Reference::new(members);
        before.into_iter().for_each(|act| { reference.act(act); });
        let mut state = start(&reference);

        for act in since {
            for envelope in reference.act(act) {
                prop_assert_ne!(state.apply(envelope, NOW), Applied::Gap);
            }
            prop_assert_eq!(shown(&state), reference.snapshot());
        }

        let known: Vec<_> = state.conversation(here()).unwrap().messages().cloned().collect();
        let first = known.first().map_or(seq(0), |message| message.seq);
        let all: Vec<_> = reference.messages.iter().filter(|message| message.seq >= first).collect();
        prop_assert_eq!(known.len(), all.len());
        for (known, stored) in known.iter().zip(all) {
            prop_assert_eq!((&known.id, &known.content), (&stored.id, &stored.content));
            prop_assert_eq!((known.edited_at, known.deleted_at), (stored.edited_at, stored.deleted_at));
        }
    }

    #[test]
    fn events_lost_doubled_or_early_change_nothing_once_synced(
        before in prop::collection::vec(act(), 0..10),
        since in prop::collection::vec((act(), 0u8..4), 0..40),
    ) {
        let mut reference = Reference::new(5);
        before.into_iter().for_each(|act| { reference.act(act); });
        let mut state = start(&reference);
        let mut late = Vec::new();

        for (act, fate) in since {
            for envelope in reference.act(act) {
                match fate {
                    0 => {}
                    1 => late.push(envelope),
                    2 => {
                        state.apply(envelope.clone(), NOW);
                        state.apply(envelope, NOW);
                    }
                    _ => { state.apply(envelope, NOW); }
                }
            }
        }
        state.apply_sync(reference.sync(&state));
        let marks: Vec<_> = late.into_iter().filter(|e| e.place != Place::Nowhere).collect();
        marks.into_iter().for_each(|envelope| { state.apply(envelope, NOW); });

        prop_assert_eq!(shown(&state), reference.snapshot());
    }

    #[test]
    fn paging_back_meets_the_known_stretch_without_a_hole(count in 1usize..120, step in 1u32..40) {
        let mut reference = Reference::new(3);
        (0..count).for_each(|n| { reference.act(Act::Send((n % 3) as u128, format!("m{n}"))); });
        let mut state = start(&reference);

        while let Some(asked) = state.history_before(here(), step) {
            let older: Vec<_> = reference.messages.iter().filter(|m| Some(m.seq) < asked.before).cloned().collect();
            let from = older.len().saturating_sub(step as usize);
            let page = MessagePage { items: older[from..].to_vec(), has_before: from > 0, has_after: true };
            prop_assert_eq!(state.apply_page(&asked, page), Applied::Changed(Some(here())));
        }

        let known: Vec<_> = state.conversation(here()).unwrap().messages().map(|m| m.content.clone()).collect();
        prop_assert_eq!(known, (0..count).map(|n| format!("m{n}")).collect::<Vec<_>>());
    }
}

#[test]
fn an_echo_gives_way_to_the_stored_message() {
    let mut reference = Reference::new(2);
    let mut state = start(&reference);
    let client_id = ClientId::try_from("c1".to_owned()).unwrap();
    state.echo(Echo {
        client_id: client_id.clone(),
        conversation_id: here(),
        content: "hi".into(),
        created_at: NOW,
        status: EchoStatus::Pending,
    });
    assert_eq!(state.echoes(here()).len(), 1);

    for envelope in reference.act(Act::Send(0, "hi".into())) {
        state.apply(envelope, NOW);
    }

    assert!(state.echoes(here()).is_empty());
    assert_eq!(state.conversation(here()).unwrap().messages().count(), 1);
}

#[test]
fn a_typing_sign_goes_out_by_itself() {
    let reference = Reference::new(2);
    let mut state = start(&reference);
    let typing = Typing {
        user_id: person(1),
        username: "p1".into(),
        is_typing: true,
    };
    state.apply(
        Envelope::passing(Some(here()), Event::Typing(typing)),
        Timestamp::from_ms(1_000),
    );

    assert_eq!(
        state
            .conversation(here())
            .unwrap()
            .typing()
            .collect::<Vec<_>>(),
        ["p1"]
    );
    assert!(!state.expire(Timestamp::from_ms(6_999)));
    assert!(state.expire(Timestamp::from_ms(7_000)));
    assert_eq!(state.conversation(here()).unwrap().typing().count(), 0);
}

#[test]
fn another_life_of_the_inbox_voids_everything_but_what_was_not_sent() {
    let reference = Reference::new(2);
    let mut state = start(&reference);
    let client_id = ClientId::try_from("n1".to_owned()).unwrap();
    let status = EchoStatus::Pending;
    state.echo(Echo {
        client_id,
        conversation_id: here(),
        content: "hi".into(),
        created_at: NOW,
        status,
    });
    let mut synced = reference.sync(&state);
    synced.inbox.epoch = Epoch::new(2);

    assert!(state.apply_sync(synced));

    assert!(state.positions().is_empty() && state.inbox().is_none());
    assert_eq!(state.echoes(here()).len(), 1);
}

#[test]
fn a_deletion_reaches_a_page_that_was_read_before_it() {
    let mut reference = Reference::new(2);
    for nth in 0..3 {
        reference.act(Act::Send(1, format!("m{nth}")));
    }
    let mut state = start(&reference);
    let asked = state.history_before(here(), 10).unwrap();
    let items = reference.messages[..2].to_vec();
    let page = MessagePage {
        items,
        has_before: false,
        has_after: true,
    };

    for envelope in reference.act(Act::Delete(0, 1)) {
        state.apply(envelope, NOW);
    }
    state.apply_page(&asked, page);

    let known = state.conversation(here()).unwrap();
    let contents: Vec<_> = known
        .messages()
        .map(|message| message.content.as_str())
        .collect();
    assert_eq!(contents, ["", "m1", "m2"]);
}

#[test]
fn an_answer_older_than_what_was_told_live_takes_nothing_back() {
    let mut reference = Reference::new(2);
    reference.act(Act::Send(1, "hi".into()));
    let mut state = start(&reference);
    let older = reference.sync(&state);

    for envelope in reference.act(Act::Read(0, 1)) {
        state.apply(envelope, NOW);
    }
    assert!(state.apply_sync(older), "it is asked again");

    assert_eq!(shown(&state), reference.snapshot());
    assert!(!state.apply_sync(reference.sync(&state)));
}
