//! Believable people who have said believable things to each other, in several scripts: for trying things out.
//!
//! The same seed always plans the same, and carrying a plan out twice stores nothing twice.

pub(crate) mod database;
mod dice;
pub(crate) mod network;
mod people;
mod talk;

use crate::error::Result;
use chat_core::{ClientId, ConversationId, Seq};
use dice::Dice;
use indicatif::ProgressBar;
pub(crate) use people::Person;
use std::collections::BTreeMap;

/// How much of everything.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) users: usize,
    pub(crate) messages: usize,
    pub(crate) conversations: usize,
    pub(crate) seed: u64,
}

/// Who there is, and who says what where.
#[derive(Debug, PartialEq)]
pub(crate) struct Plan {
    pub(crate) people: Vec<Person>,
    pub(crate) conversations: Vec<Planned>,
}

/// A conversation, from its first to its last message.
#[derive(Debug, PartialEq)]
pub(crate) struct Planned {
    /// None for a direct one.
    pub(crate) title: Option<String>,
    /// By their place among the people. The first one opens it.
    pub(crate) members: Vec<usize>,
    pub(crate) said: Vec<Said>,
}

/// Something that is said.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Said {
    pub(crate) author: usize,
    pub(crate) text: String,
    /// So long before now, where the past can be written.
    pub(crate) ago_ms: i64,
    pub(crate) client_id: ClientId,
}

/// Where a plan is carried out.
pub(crate) trait Stage {
    /// Makes the person, or finds them again.
    async fn enter(&mut self, person: &Person) -> Result<()>;
    /// Opens the conversation, or finds it again. People are named by the order in which they entered.
    async fn open(&mut self, conversation: &Planned) -> Result<ConversationId>;
    /// Says something. Answers with its place.
    async fn say(&mut self, conversation: ConversationId, said: &Said) -> Result<Seq>;
    /// Has read up to a place.
    async fn read(&mut self, conversation: ConversationId, reader: usize, seq: Seq) -> Result<()>;
}

impl Plan {
    /// Thinks everything up.
    pub(crate) fn new(size: Size) -> Self {
        let mut dice = Dice::new(size.seed);
        let people = people::crowd(size.users);
        let mut conversations = casts(size, &mut dice);
        let shares = shares(size.messages, conversations.len(), &mut dice);
        for (at, (planned, share)) in conversations.iter_mut().zip(shares).enumerate() {
            planned.said = talk(at, planned, share, size, &people, &mut dice);
        }
        Self {
            people,
            conversations,
        }
    }

    /// How many steps it takes, for a progress bar.
    pub(crate) fn steps(&self) -> u64 {
        let said: usize = self
            .conversations
            .iter()
            .map(|planned| planned.said.len())
            .sum();
        (self.people.len() + self.conversations.len() + said) as u64
    }

    /// Carries it out. What everybody says goes in the order of time, so that the list of conversations looks alive.
    pub(crate) async fn play(&self, stage: &mut impl Stage, bar: &ProgressBar) -> Result<()> {
        for person in &self.people {
            stage.enter(person).await?;
            bar.inc(1);
        }
        let mut lines = Vec::new();
        for planned in &self.conversations {
            let id = stage.open(planned).await?;
            bar.inc(1);
            lines.extend(planned.said.iter().map(|said| (id, said)));
        }
        lines.sort_by_key(|(_, said)| std::cmp::Reverse(said.ago_ms));
        let mut own_last = BTreeMap::new();
        for (id, said) in lines {
            let seq = stage.say(id, said).await?;
            own_last.insert((id, said.author), seq);
            bar.inc(1);
        }
        // Who answers has read what was said before.
        for ((id, author), seq) in own_last {
            stage.read(id, author, seq).await?;
        }
        Ok(())
    }
}

const TITLES: &[&str] = &[
    "Friday climbing",
    "Release 2.4",
    "Книжный клуб",
    "Kitchen table",
    "旅行計画",
    "Neighbours",
    "Lost and found",
    "Choir",
];

/// Who is in which conversation: groups and pairs in turn, every pair once; the first group has everybody in it.
fn casts(size: Size, dice: &mut Dice) -> Vec<Planned> {
    let mut pairs: Vec<(usize, usize)> = (0..size.users)
        .flat_map(|a| (a + 1..size.users).map(move |b| (a, b)))
        .take(10_000)
        .collect();
    let mut groups = 0;
    let mut casts = Vec::new();
    for at in 0..size.conversations {
        if at % 2 == 1 && !pairs.is_empty() {
            // Pairs with the first person come first: whoever signs in as them finds somebody there.
            let choices = pairs.iter().filter(|(a, _)| *a == 0).count().max(1);
            let (a, b) = pairs.remove(dice.below(choices.min(pairs.len())));
            casts.push(Planned {
                title: None,
                members: vec![a, b],
                said: Vec::new(),
            });
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
        casts.push(Planned {
            title: Some(title),
            members,
            said: Vec::new(),
        });
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

/// Exchanges one after another, with pauses like people make, the last one a while ago.
fn talk(
    at: usize,
    planned: &Planned,
    share: usize,
    size: Size,
    people: &[Person],
    dice: &mut Dice,
) -> Vec<Said> {
    const SECOND: i64 = 1_000;
    let mut lines: Vec<(usize, String, i64)> = Vec::new();
    let mut clock = 0;
    while lines.len() < share {
        clock += (10 + dice.below(6 * 60) as i64) * 60 * SECOND;
        for (author, text) in talk::exchange(&planned.members, people, dice) {
            clock += (4 + dice.below(86) as i64) * SECOND;
            lines.push((author, text, clock));
        }
    }
    lines.truncate(share);
    let last = lines.last().map_or(0, |line| line.2);
    let rest = (2 + dice.below(90) as i64) * 60 * SECOND;
    let Size {
        users,
        messages,
        conversations,
        seed,
    } = size;
    lines
        .into_iter()
        .enumerate()
        .map(|(n, (author, text, clock))| {
            // The size is part of it: another plan with the same seed says other things.
            let id = format!("seed-{seed}-{users}-{messages}-{conversations}-{at}-{n}");
            Said {
                author,
                text,
                ago_ms: last - clock + rest,
                client_id: ClientId::try_from(id)
                    .expect("seven numbers and dashes are short visible ASCII"),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const SIZE: Size = Size {
        users: 15,
        messages: 300,
        conversations: 5,
        seed: 1,
    };

    #[test]
    fn the_same_seed_plans_the_same_and_another_does_not() {
        assert_eq!(Plan::new(SIZE), Plan::new(SIZE));
        assert_ne!(Plan::new(SIZE), Plan::new(Size { seed: 2, ..SIZE }));
    }

    #[test]
    fn there_is_exactly_as_much_as_was_asked_for() {
        for size in [
            SIZE,
            Size {
                users: 2,
                messages: 7,
                conversations: 4,
                seed: 9,
            },
            Size {
                users: 60,
                messages: 0,
                conversations: 30,
                seed: 3,
            },
        ] {
            let plan = Plan::new(size);
            let said: usize = plan
                .conversations
                .iter()
                .map(|planned| planned.said.len())
                .sum();
            assert_eq!(
                (plan.people.len(), plan.conversations.len(), said),
                (size.users, size.conversations, size.messages)
            );
        }
    }

    #[test]
    fn only_members_speak_and_no_pair_or_title_comes_twice() {
        let plan = Plan::new(Size {
            users: 6,
            conversations: 40,
            ..SIZE
        });
        let mut seen = BTreeSet::new();
        for planned in &plan.conversations {
            assert!(
                planned
                    .said
                    .iter()
                    .all(|said| planned.members.contains(&said.author) && said.ago_ms > 0)
            );
            assert!(planned.said.is_sorted_by(|a, b| a.ago_ms > b.ago_ms));
            let name = planned
                .title
                .clone()
                .unwrap_or_else(|| format!("{:?}", planned.members));
            assert!(seen.insert(name.clone()), "{name}");
        }
    }

    #[test]
    fn everything_said_is_a_message_with_an_id_of_its_own() {
        let plan = Plan::new(Size {
            messages: 2_000,
            ..SIZE
        });
        let all: Vec<_> = plan
            .conversations
            .iter()
            .flat_map(|planned| &planned.said)
            .collect();
        let ids: BTreeSet<_> = all.iter().map(|said| &said.client_id).collect();

        assert_eq!(ids.len(), all.len());
        for said in all {
            assert!(
                chat_core::MessageBody::parse(said.text.clone()).is_ok(),
                "{said:?}"
            );
            assert!(!said.text.contains(['{', '}']), "{said:?}");
        }
    }
}
