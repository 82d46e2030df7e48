//! Believable people who have said believable things to each other, in several scripts: for trying things out.
//!
//! The same seed always plans the same, and carrying a plan out twice stores nothing twice. What is said is thought up when
//! its turn comes: a million messages are never in memory at once.

mod course;
pub(crate) mod database;
mod dice;
mod enclosed;
pub(crate) mod network;
mod people;
mod talk;
mod time;

use crate::error::Result;
use chat_core::{ClientId, ConversationId, MessageId, Seq};
use course::Course;
use dice::Dice;
pub(crate) use enclosed::Enclosed;
use futures_util::{StreamExt, TryStreamExt, stream};
use indicatif::ProgressBar;
pub(crate) use people::Person;
use std::{
    collections::{BTreeMap, BTreeSet},
    iter::Peekable,
};

/// Messages without anything besides their text that are handed over at once.
const RUN_MOST: usize = 64;
/// A day, in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000;

/// How much of everything.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Size {
    pub(crate) users: usize,
    pub(crate) messages: usize,
    pub(crate) conversations: usize,
    /// Over how many days it was said.
    pub(crate) days: u32,
    pub(crate) seed: u64,
}

/// Who there is, and who talks where.
#[derive(Debug, PartialEq)]
pub(crate) struct Plan {
    pub(crate) people: Vec<Person>,
    pub(crate) conversations: Vec<Planned>,
    size: Size,
}

/// A conversation, before anything is said in it.
#[derive(Debug, PartialEq)]
pub(crate) struct Planned {
    /// None for a direct one.
    pub(crate) title: Option<String>,
    /// By their place among the people. The first one opens it.
    pub(crate) members: Vec<usize>,
    /// How many messages it gets.
    pub(crate) share: usize,
    /// So long before now it was opened, where the past can be written.
    pub(crate) opened_ms: i64,
    /// So long before now the last thing was said.
    rest_ms: i64,
    seed: u64,
}

/// Something that is said.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Said {
    pub(crate) author: usize,
    pub(crate) text: String,
    /// So long before now, where the past can be written.
    pub(crate) ago_ms: i64,
    pub(crate) client_id: ClientId,
    /// The message it answers, by its place in what was said.
    pub(crate) reply_to: Option<usize>,
    /// What its author makes of it a moment later.
    pub(crate) edited: Option<String>,
    /// Who puts which emoji under it.
    pub(crate) reactions: Vec<(usize, &'static str)>,
    pub(crate) file: Option<Enclosed>,
}

/// What became of something said.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    pub(crate) id: MessageId,
    pub(crate) seq: Seq,
    /// Whether it was not there before.
    pub(crate) is_new: bool,
}

/// Where a plan is carried out. People are named by the order in which they entered.
pub(crate) trait Stage {
    /// Conversations that go on at the same time.
    const AT_ONCE: usize;

    /// Makes the people, or finds them again.
    async fn enter(&mut self, people: &[Person], bar: &ProgressBar) -> Result<()>;
    /// Opens the conversation, or finds it again.
    async fn open(&mut self, conversation: &Planned) -> Result<ConversationId>;
    /// Says some things, in this order; `reply_to` is for the first. None for what was there before and cannot be shown.
    async fn say(
        &self,
        conversation: ConversationId,
        said: &[Said],
        reply_to: Option<MessageId>,
    ) -> Result<Vec<Option<Known>>>;
    /// Makes another text of a message.
    async fn edit(&self, author: usize, message: MessageId, text: &str, ago_ms: i64) -> Result<()>;
    /// Puts an emoji under a message.
    async fn react(
        &self,
        person: usize,
        message: MessageId,
        emoji: &str,
        ago_ms: i64,
    ) -> Result<()>;
    /// Has read up to a place.
    async fn read(
        &self,
        conversation: ConversationId,
        reader: usize,
        seq: Seq,
        ago_ms: i64,
    ) -> Result<()>;
}

impl Said {
    /// Whether it is nothing but its text, so that others may be said in the same breath.
    fn is_plain(&self) -> bool {
        self.reply_to.is_none() && self.file.is_none() && !self.text.contains('@')
    }
}

impl Plan {
    /// Thinks up who there is and who talks where.
    pub(crate) fn new(size: Size) -> Self {
        let mut dice = Dice::new(size.seed);
        let people = people::crowd(size.users);
        let mut conversations = casts(size, &mut dice);
        let shares = shares(size.messages, conversations.len(), &mut dice);
        for (planned, share) in conversations.iter_mut().zip(shares) {
            let days = i64::from(size.days) * DAY;
            planned.share = share;
            planned.rest_ms = (2 + dice.below(90) as i64) * 60_000;
            // Some are as old as can be, none is younger than a third of it.
            planned.opened_ms = days / 3 + days / 300 * (dice.below(201) as i64);
            planned.rest_ms = planned.rest_ms.min(planned.opened_ms / 2);
            planned.seed = dice.word();
        }
        Self {
            people,
            conversations,
            size,
        }
    }

    /// How many steps it takes, for a progress bar.
    pub(crate) fn steps(&self) -> u64 {
        (self.people.len() + self.conversations.len() + self.size.messages) as u64
    }

    /// Thinks up what is said in a conversation, from its beginning.
    pub(crate) fn course(&self, nth: usize) -> Course<'_> {
        Course::new(self, nth)
    }

    /// The size is part of it: another plan with the same seed says other things.
    fn client_id(&self, nth: usize, n: usize) -> ClientId {
        let Size {
            users,
            messages,
            conversations,
            seed,
            ..
        } = self.size;
        let id = format!("demo-{seed}-{users}-{messages}-{conversations}-{nth}-{n}");
        ClientId::try_from(id).expect("seven numbers and dashes are short visible ASCII")
    }

    /// Carries it out: everybody comes in, all conversations are opened, and then they go on beside each other.
    pub(crate) async fn play<S: Stage>(&self, stage: &mut S, bar: &ProgressBar) -> Result<()> {
        stage.enter(&self.people, bar).await?;
        let mut opened = Vec::with_capacity(self.conversations.len());
        for planned in &self.conversations {
            opened.push(stage.open(planned).await?);
            bar.inc(1);
        }
        let stage = &*stage;
        stream::iter(opened.into_iter().enumerate())
            .map(|(nth, id)| self.hold(stage, nth, id, bar))
            .buffer_unordered(S::AT_ONCE)
            .try_collect()
            .await
    }

    /// Holds a conversation. What was said before stays as it is.
    async fn hold<S: Stage>(
        &self,
        stage: &S,
        nth: usize,
        id: ConversationId,
        bar: &ProgressBar,
    ) -> Result<()> {
        // Thought up twice, so that nothing has to be kept to the end.
        let read = self.course(nth).read();
        let places: BTreeSet<_> = read.iter().map(|(_, place)| *place).collect();
        let mut course = self.course(nth).peekable();
        // What may be answered next, and what somebody has read up to.
        let (mut above, mut marks) = (None, BTreeMap::new());
        let mut nth_said = 0;
        loop {
            let run = run(&mut course);
            let Some(first) = run.first() else { break };
            // An answer is to what stands right above it.
            let reply_to = above.filter(|_| first.reply_to.is_some());
            let sent = stage.say(id, &run, reply_to).await?;
            for (said, sent) in run.iter().zip(sent) {
                if let Some(sent) = sent.filter(|sent| sent.is_new) {
                    follow(stage, said, sent.id).await?;
                }
                if let (Some(sent), true) = (sent, places.contains(&nth_said)) {
                    marks.insert(nth_said, (sent.seq, said.ago_ms));
                }
                above = sent.map(|sent| sent.id);
                nth_said += 1;
            }
            bar.inc(run.len() as u64);
        }
        for (reader, place) in read {
            if let Some((seq, ago_ms)) = marks.get(&place) {
                stage.read(id, reader, *seq, *ago_ms).await?;
            }
        }
        Ok(())
    }
}

/// What is said in one breath next: several things that are nothing but text, or one of another kind; nothing at the end.
fn run(course: &mut Peekable<Course<'_>>) -> Vec<Said> {
    let mut run: Vec<Said> = Vec::new();
    while let Some(said) = course.next_if(|said| match run.first() {
        Some(first) => first.is_plain() && said.is_plain() && run.len() < RUN_MOST,
        None => true,
    }) {
        run.push(said);
    }
    run
}

/// What comes a moment after something was said.
async fn follow<S: Stage>(stage: &S, said: &Said, id: MessageId) -> Result<()> {
    if let Some(text) = &said.edited {
        let ago_ms = (said.ago_ms - 40_000).max(0);
        stage.edit(said.author, id, text, ago_ms).await?;
    }
    for (nth, (person, emoji)) in said.reactions.iter().enumerate() {
        let ago_ms = (said.ago_ms - 25_000 * (nth as i64 + 1)).max(0);
        stage.react(*person, id, emoji, ago_ms).await?;
    }
    Ok(())
}

const TITLES: &[&str] = &[
    "Friday climbing",
    "Release 2.4",
    "Книжный клуб",
    "Kitchen table",
    "旅行計画",
    "Neighbours",
    "Η παρέα της Κυριακής",
    "Lost and found",
    "Choir",
    "أصدقاء الدراسة",
];

/// Who is in which conversation: groups and pairs in turn, every pair once; the first group has everybody in it.
fn casts(size: Size, dice: &mut Dice) -> Vec<Planned> {
    let mut pairs: Vec<(usize, usize)> = (0..size.users)
        .flat_map(|a| (a + 1..size.users).map(move |b| (a, b)))
        .take(10_000)
        .collect();
    let planned = |title, members| Planned {
        title,
        members,
        share: 0,
        opened_ms: 0,
        rest_ms: 0,
        seed: 0,
    };
    let mut groups = 0;
    let mut casts = Vec::new();
    for at in 0..size.conversations {
        if at % 2 == 1 && !pairs.is_empty() {
            // Pairs with the first person come first: whoever signs in as them finds somebody there.
            let choices = pairs.iter().filter(|(a, _)| *a == 0).count().max(1);
            let (a, b) = pairs.remove(dice.below(choices.min(pairs.len())));
            casts.push(planned(None, vec![a, b]));
            continue;
        }
        let mut others: Vec<usize> = (1..size.users).collect();
        dice.shuffle(&mut others);
        if groups > 0 {
            others.truncate(3 + dice.below(5));
        }
        let title = TITLES[groups % TITLES.len()];
        let title = match groups / TITLES.len() {
            0 => title.to_owned(),
            round => format!("{title} {}", round + 1),
        };
        groups += 1;
        let members = std::iter::once(0).chain(others).collect();
        casts.push(planned(Some(title), members));
    }
    casts
}

/// How many messages each conversation gets: everyone some, some more.
fn shares(messages: usize, conversations: usize, dice: &mut Dice) -> Vec<usize> {
    let weights: Vec<usize> = (0..conversations).map(|_| 2 + dice.below(7)).collect();
    let total: usize = weights.iter().sum::<usize>().max(1);
    let mut shares: Vec<usize> = weights
        .iter()
        .map(|weight| messages * weight / total)
        .collect();
    let given: usize = shares.iter().sum();
    if let Some(first) = shares.first_mut() {
        *first += messages - given;
    }
    shares
}

#[cfg(test)]
mod tests;
