//! A conversation and what is its viewer's own, kept in rows as a server would, and told as a server tells it: an entry of
//! a log only names what changed and says how that is now. Written without any of the reducer's code.

use chat_core::*;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

pub(super) const PEOPLE: u128 = 26;
pub(super) const EMOJI: [&str; 4] = ["👍", "❤️", "😂", "🎉"];

pub(super) fn person(n: u128) -> UserId {
    UserId::new(Uuid::from_u128(n))
}

pub(super) fn here() -> ConversationId {
    ConversationId::new(Uuid::from_u128(1 << 100))
}

pub(super) fn seq(n: usize) -> Seq {
    Seq::try_from(n as u64).unwrap()
}

/// Whom a message names.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    pub(super) people: Vec<u128>,
    pub(super) all: bool,
}

/// What is sent with a text: files, told apart by their numbers, and data of an app.
#[derive(Debug, Clone, Default)]
pub(super) struct Load {
    pub(super) files: Vec<u8>,
    pub(super) is_voice: bool,
    pub(super) metadata: Option<String>,
}

/// What the viewer tells of themselves, and where their mail goes.
#[derive(Debug, Clone, Default)]
pub(super) struct About {
    pub(super) bio: Option<String>,
    pub(super) status_text: Option<String>,
    pub(super) email: Option<String>,
}

/// What is kept of a message. A deleted one keeps its row here, so that only the telling can hide it.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) seq: Seq,
    pub(super) sender: u128,
    pub(super) kind: MessageKind,
    pub(super) content: String,
    pub(super) names: Names,
    pub(super) load: Load,
    pub(super) answers: Option<usize>,
    pub(super) forwards: Option<u128>,
    pub(super) reactions: Vec<(usize, u128, Timestamp)>,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) edited_at: Option<Timestamp>,
    pub(super) pinned_at: Option<Timestamp>,
    pub(super) deleted: Option<(Timestamp, Option<u128>)>,
}

/// An entry of the conversation's log. The numbers are places in the rows.
#[derive(Clone)]
pub(super) enum Entry {
    Said(usize),
    Edited(usize),
    Deleted(usize),
    Reacted(usize, usize, u128, bool),
    Pinned(usize, u128, bool),
    Kept(Box<Event>),
}

/// What an entry of the viewer's own log is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    New,
    Gone,
    My,
    Me,
    Contact(u128),
    Block(u128),
}

/// The viewer is person 0.
#[derive(Clone)]
pub(super) struct Reference {
    pub(super) names: BTreeMap<u128, String>,
    pub(super) presence: BTreeMap<u128, Presence>,
    pub(super) kind: ConversationKind,
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) avatar_url: Option<String>,
    pub(super) message_ttl_s: Option<u32>,
    pub(super) members: Vec<(u128, MemberRole, i64)>,
    pub(super) marks: BTreeMap<u128, (Seq, Seq)>,
    pub(super) prefs: Prefs,
    pub(super) rows: Vec<Row>,
    pub(super) log: Vec<(Timestamp, Entry)>,
    pub(super) about: About,
    pub(super) settings: Settings,
    pub(super) contacts: BTreeMap<u128, (Option<String>, Timestamp)>,
    pub(super) blocked: BTreeSet<u128>,
    pub(super) inbox: Vec<Topic>,
    pub(super) clock: i64,
}

impl Reference {
    pub(super) fn new(members: u128) -> Self {
        Self {
            names: (0..PEOPLE).map(|n| (n, format!("p{n}"))).collect(),
            presence: BTreeMap::new(),
            kind: ConversationKind::Group,
            title: Some("t".into()),
            description: None,
            avatar_url: None,
            message_ttl_s: None,
            members: (0..members)
                .map(|n| (n, MemberRole::Member, n as i64))
                .collect(),
            marks: (0..PEOPLE).map(|n| (n, (Seq::ZERO, Seq::ZERO))).collect(),
            prefs: Prefs::default(),
            rows: Vec::new(),
            log: Vec::new(),
            about: About::default(),
            settings: Settings::default(),
            contacts: BTreeMap::new(),
            blocked: BTreeSet::new(),
            inbox: Vec::new(),
            clock: 1000,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.clock)
    }

    pub(super) fn is_member(&self, who: u128) -> bool {
        self.members.iter().any(|(member, ..)| *member == who)
    }

    pub(super) fn user(&self, who: u128) -> User {
        let name = &self.names[&who];
        User {
            avatar_url: (name.len() > 2).then(|| format!("avatars/{name}")),
            is_bot: who % 5 == 4,
            ..User::new(person(who), format!("u{name}"), name)
        }
    }

    pub(super) fn member(&self, who: u128) -> Member {
        let known = self.members.iter().find(|(member, ..)| *member == who);
        let (_, role, joined) = *known.unwrap();
        let (read_seq, delivered_seq) = self.marks[&who];
        Member {
            user: self.user(who),
            role,
            joined_at: Timestamp::from_ms(joined),
            read_seq,
            delivered_seq,
        }
    }

    /// A message as it is now.
    pub(super) fn message(&self, nth: usize) -> Message {
        let row = &self.rows[nth];
        let stands = row.deleted.is_none();
        let (content, extras) = match stands {
            true => (self.content(row), self.extras(row)),
            false => {
                let extras = Extras {
                    mentions_all: row.names.all,
                    ..Extras::default()
                };
                (String::new(), extras)
            }
        };
        Message {
            id: id(row.seq),
            conversation_id: here(),
            seq: row.seq,
            client_id: ClientId::try_from(format!("c{}", row.seq)).unwrap(),
            sender: self.user(row.sender),
            kind: row.kind,
            content,
            extras,
            created_at: row.created_at,
            expires_at: row.expires_at.filter(|_| stands),
            edited_at: row.edited_at.filter(|_| stands),
            pinned_at: row.pinned_at.filter(|_| stands),
            deleted_at: row.deleted.map(|(at, _)| at),
            deleted_by: row.deleted.and_then(|(_, by)| by).map(person),
        }
    }

    fn extras(&self, row: &Row) -> Extras {
        let answered = row.answers.map(|nth| &self.rows[nth]);
        Extras {
            metadata: row.load.metadata.as_deref().map(metadata),
            reply_to: answered.map(|original| ReplyTo {
                id: id(original.seq),
                seq: original.seq,
                sender_id: person(original.sender),
                excerpt: match original.deleted {
                    None if original.kind != MessageKind::System => {
                        text::excerpt(&original.content)
                    }
                    _ => String::new(),
                },
            }),
            forwarded_from: row.forwards.map(|who| Forwarded {
                sender_id: person(who),
                display_name: self.names[&who].clone(),
                sent_at: Timestamp::from_ms(1),
            }),
            attachments: row.load.files.iter().copied().map(attachment).collect(),
            mentions: row.names.people.iter().copied().map(person).collect(),
            mentions_all: row.names.all,
            reactions: reactions(row),
            system: (row.kind == MessageKind::System).then(|| SystemNote {
                action: SystemAction::RoleChanged,
                user_ids: vec![person(whom(row))],
                names: vec![self.names[&whom(row)].clone()],
                user_count: 1,
                value: Some(row.content.clone()),
            }),
        }
    }

    /// What a message says: the server tells what happened with the names of now.
    fn content(&self, row: &Row) -> String {
        match row.kind {
            MessageKind::System => {
                let (who, whom) = (&self.names[&row.sender], &self.names[&whom(row)]);
                format!("{who} made {whom} {}", row.content)
            }
            _ => row.content.clone(),
        }
    }

    pub(super) fn messages(&self) -> Vec<Message> {
        (0..self.rows.len()).map(|nth| self.message(nth)).collect()
    }

    pub(super) fn my(&self) -> My {
        let (read_seq, delivered_seq) = self.marks[&0];
        let unread = self
            .rows
            .iter()
            .filter(|row| row.seq > read_seq && row.sender != 0 && row.kind != MessageKind::System);
        let naming = unread.clone().filter(|row| {
            row.names.all || (row.deleted.is_none() && row.names.people.contains(&0))
        });
        My {
            role: self.member(0).role,
            read_seq,
            delivered_seq,
            unread_count: unread.count() as u32,
            mention_count: naming.count() as u32,
            counted_seq: seq(self.log.len()),
            prefs: self.prefs.clone(),
        }
    }

    /// The conversation as the viewer would get it now; none for who is no member.
    pub(super) fn snapshot(&self) -> Option<Conversation> {
        let shown = self.members.iter().take(10);
        let last = self.log.last();
        self.is_member(0).then(|| Conversation {
            id: here(),
            kind: self.kind,
            title: self.title.clone(),
            description: self.description.clone(),
            avatar_url: self.avatar_url.clone(),
            message_ttl_s: self.message_ttl_s,
            created_at: Timestamp::from_ms(0),
            updated_at: last.map_or(Timestamp::from_ms(0), |(at, _)| *at),
            epoch: Epoch::new(7),
            last_seq: seq(self.log.len()),
            last_message: self.rows.len().checked_sub(1).map(|nth| self.message(nth)),
            members: shown.map(|(who, ..)| self.member(*who)).collect(),
            member_count: self.members.len() as u32,
            my: self.my(),
        })
    }

    pub(super) fn me(&self) -> Me {
        Me {
            user: self.user(0),
            bio: self.about.bio.clone(),
            status_text: self.about.status_text.clone(),
            email: self.about.email.clone(),
            email_verified: self.about.email.is_some(),
            settings: self.settings.clone(),
            role: UserRole::User,
            created_at: Timestamp::from_ms(0),
        }
    }

    pub(super) fn contact(&self, who: u128) -> Option<Contact> {
        let (nickname, created_at) = self.contacts.get(&who)?.clone();
        Some(Contact {
            user: self.user(who),
            favorite: nickname.is_some(),
            nickname,
            created_at,
        })
    }
}

/// Whom the server tells of: the next one.
fn whom(row: &Row) -> u128 {
    (row.sender + 1) % PEOPLE
}

fn id(seq: Seq) -> MessageId {
    MessageId::new(Uuid::from_u128(seq.get().into()))
}

fn metadata(text: &str) -> Metadata {
    let fields = [("of".to_owned(), text.into())];
    Metadata::try_from(serde_json::Map::from_iter(fields)).unwrap()
}

/// A sound or a picture.
fn attachment(n: u8) -> Attachment {
    let is_sound = n.is_multiple_of(2);
    Attachment {
        id: AttachmentId::new(Uuid::from_u128(n.into())),
        file_name: format!("file {n}"),
        size: u64::from(n),
        mime_type: if is_sound { "audio/ogg" } else { "image/png" }.to_owned(),
        width: (!is_sound).then_some(40),
        height: (!is_sound).then_some(30),
        duration_ms: is_sound.then_some(1_000),
        waveform: vec![n; if is_sound { 64 } else { 0 }],
        blurhash: (!is_sound).then(|| format!("LE{n}")),
        has_thumbnail: !is_sound,
    }
}

/// The emoji under a message: the first 20 who gave each, each emoji in the order it was first given.
fn reactions(row: &Row) -> Vec<Reaction> {
    let mut shown = Vec::new();
    for (nth, emoji) in EMOJI.into_iter().enumerate() {
        let given: Vec<_> = row.reactions.iter().filter(|(e, ..)| *e == nth).collect();
        let Some((.., first_at)) = given.first() else {
            continue;
        };
        shown.push(Reaction {
            emoji: emoji.to_owned(),
            count: given.len() as u32,
            user_ids: given
                .iter()
                .take(20)
                .map(|(_, by, _)| person(*by))
                .collect(),
            first_at: *first_at,
        });
    }
    shown.sort_by_key(|reaction| (reaction.first_at, reaction.emoji.clone()));
    shown
}
