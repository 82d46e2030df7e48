//! Judges what happened in a conversation: what was said by whom, what is stored, and what every client believes.
//!
//! It knows nothing of servers. Whoever holds a [`History`] asks [`faults`]; an empty answer means that every promise
//! about messages was kept.

use std::collections::{BTreeMap, BTreeSet};

/// A message as somebody sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its place.
    pub seq: u64,
    /// Who said it.
    pub sender: String,
    /// The id of the send.
    pub client_id: String,
    /// What was said.
    pub content: String,
}

/// A send as its sender lived through it. Moments come from one counter for all senders.
#[derive(Debug, Clone)]
pub struct Send {
    /// The id of the send.
    pub client_id: String,
    /// What was said.
    pub content: String,
    /// When it was said.
    pub said_at: u64,
    /// When it was acknowledged, and with which place.
    pub acknowledged: Option<(u64, u64)>,
}

/// All that is known of a conversation.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// By sender, in the order in which they said it.
    pub said: BTreeMap<String, Vec<Send>>,
    /// Every message that is stored, in the order of the log.
    pub stored: Vec<Seen>,
    /// What each client believes, oldest first.
    pub believed: BTreeMap<String, Vec<Seen>>,
}

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It was acknowledged, and is not stored.
    Lost(String),
    /// It was acknowledged with another place than it has.
    Moved(String),
    /// It is stored more than once.
    Doubled(String),
    /// It is stored, and nobody has said it, or not in these words.
    Invented(String),
    /// The number before it is missing or not smaller by one.
    Gap(u64),
    /// Its sender said it after the one that follows it.
    Reordered(String),
    /// It was said when the one that follows it was acknowledged already.
    Late(String),
    /// This client believes something else.
    Differs(String),
}

/// Every broken promise.
pub fn faults(history: &History) -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(unfaithful(history));
    faults.extend(gaps(&history.stored));
    faults.extend(disordered(history));
    faults.extend(late(history));
    let differs = history
        .believed
        .iter()
        .filter(|(_, seen)| **seen != history.stored);
    faults.extend(differs.map(|(name, _)| Fault::Differs(name.clone())));
    faults
}

/// Places of what is stored, by the id of the send.
fn places(history: &History) -> BTreeMap<&str, Vec<&Seen>> {
    let mut places: BTreeMap<&str, Vec<&Seen>> = BTreeMap::new();
    for seen in &history.stored {
        places.entry(&seen.client_id).or_default().push(seen);
    }
    places
}

fn unfaithful(history: &History) -> Vec<Fault> {
    let mut faults = Vec::new();
    let places = places(history);
    let mut said = BTreeSet::new();
    for (sender, send) in sends(history) {
        let stored = places
            .get(send.client_id.as_str())
            .map_or(&[][..], Vec::as_slice);
        match (send.acknowledged, stored) {
            (Some(_), []) => faults.push(Fault::Lost(send.client_id.clone())),
            (Some((_, seq)), [one]) if one.seq != seq => {
                faults.push(Fault::Moved(send.client_id.clone()))
            }
            (_, [_, _, ..]) => faults.push(Fault::Doubled(send.client_id.clone())),
            _ => {}
        }
        said.insert((sender, send.client_id.as_str(), send.content.as_str()));
    }
    let invented = history.stored.iter().filter(|seen| {
        !said.contains(&(
            seen.sender.as_str(),
            seen.client_id.as_str(),
            seen.content.as_str(),
        ))
    });
    faults.extend(invented.map(|seen| Fault::Invented(seen.client_id.clone())));
    faults
}

fn sends(history: &History) -> impl Iterator<Item = (&str, &Send)> {
    let all = history.said.iter();
    all.flat_map(|(sender, sends)| sends.iter().map(move |send| (sender.as_str(), send)))
}

/// The log begins with 1.
fn gaps(stored: &[Seen]) -> Vec<Fault> {
    let wrong = stored
        .iter()
        .zip(1..)
        .filter(|(seen, place)| seen.seq != *place);
    wrong
        .map(|(seen, _)| Fault::Gap(seen.seq))
        .take(1)
        .collect()
}

fn disordered(history: &History) -> Vec<Fault> {
    let places = places(history);
    let mut faults = Vec::new();
    for sends in history.said.values() {
        let mut highest = 0;
        for send in sends {
            let place = places
                .get(send.client_id.as_str())
                .and_then(|stored| stored.first());
            let Some(place) = place.map(|seen| seen.seq) else {
                continue;
            };
            if place < highest {
                faults.push(Fault::Reordered(send.client_id.clone()));
            }
            highest = highest.max(place);
        }
    }
    faults
}

/// What is acknowledged before something else is said comes before it.
fn late(history: &History) -> Vec<Fault> {
    let places = places(history);
    let mut acknowledged: Vec<_> = sends(history)
        .filter_map(|(_, send)| send.acknowledged)
        .collect();
    acknowledged.sort_unstable();
    let mut faults = Vec::new();
    for (_, send) in sends(history) {
        let place = places
            .get(send.client_id.as_str())
            .and_then(|stored| stored.first());
        let before = acknowledged.partition_point(|(moment, _)| *moment < send.said_at);
        let highest = acknowledged[..before].iter().map(|(_, seq)| *seq).max();
        if place.is_some_and(|seen| Some(seen.seq) < highest) {
            faults.push(Fault::Late(send.client_id.clone()));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(seq: u64, sender: &str, client_id: &str) -> Seen {
        Seen {
            seq,
            sender: sender.to_owned(),
            client_id: client_id.to_owned(),
            content: format!("says {client_id}"),
        }
    }

    fn send(client_id: &str, said_at: u64, acknowledged: (u64, u64)) -> Send {
        Send {
            client_id: client_id.to_owned(),
            content: format!("says {client_id}"),
            said_at,
            acknowledged: Some(acknowledged),
        }
    }

    /// Ann says a1, a2; ben says b1 between them, and b2 whose answer is lost.
    fn kept() -> History {
        let mut history = History::default();
        let unanswered = Send {
            acknowledged: None,
            ..send("b2", 7, (0, 0))
        };
        history.said.insert(
            "ann".into(),
            vec![send("a1", 1, (2, 1)), send("a2", 5, (6, 3))],
        );
        history
            .said
            .insert("ben".into(), vec![send("b1", 3, (4, 2)), unanswered]);
        history.stored = vec![
            seen(1, "ann", "a1"),
            seen(2, "ben", "b1"),
            seen(3, "ann", "a2"),
            seen(4, "ben", "b2"),
        ];
        history
            .believed
            .insert("ann".into(), history.stored.clone());
        history
    }

    /// What is wrong after a change of what is stored, which every client believes.
    fn after(change: impl FnOnce(&mut Vec<Seen>)) -> Vec<Fault> {
        let mut history = kept();
        change(&mut history.stored);
        history
            .believed
            .insert("ann".into(), history.stored.clone());
        faults(&history)
    }

    #[test]
    fn kept_promises_are_no_fault() {
        assert_eq!(faults(&kept()), []);
        let without_the_unanswered = after(|stored| stored.truncate(3));
        assert_eq!(without_the_unanswered, []);
    }

    #[test]
    fn a_lost_message_is_found() {
        let found = after(|stored| stored.retain(|seen| seen.client_id != "a2"));
        assert_eq!(found, [Fault::Lost("a2".into()), Fault::Gap(4)]);
    }

    #[test]
    fn a_doubled_message_is_found() {
        let found = after(|stored| stored.push(seen(5, "ben", "b1")));
        assert_eq!(found, [Fault::Doubled("b1".into())]);
    }

    #[test]
    fn a_gap_is_found() {
        let found = after(|stored| stored[3].seq = 5);
        assert_eq!(found, [Fault::Gap(5)]);
    }

    #[test]
    fn reordered_messages_are_found() {
        let mut history = kept();
        history.stored.swap(0, 2);
        history.stored[0].seq = 1;
        history.stored[2].seq = 3;
        history.believed.clear();
        for (send, seq) in history.said.get_mut("ann").unwrap().iter_mut().zip([3, 1]) {
            send.acknowledged = Some((8, seq));
        }
        assert_eq!(
            faults(&history),
            [Fault::Reordered("a2".into()), Fault::Late("a2".into())]
        );
    }

    #[test]
    fn a_message_before_one_that_was_acknowledged_already_is_found() {
        let mut history = kept();
        history.said.get_mut("ben").unwrap()[0].said_at = 7;
        assert_eq!(faults(&history), [Fault::Late("b1".into())]);
    }

    #[test]
    fn a_place_other_than_the_acknowledged_one_is_found() {
        let mut history = kept();
        history.said.get_mut("ann").unwrap()[1].acknowledged = Some((6, 4));
        assert_eq!(faults(&history), [Fault::Moved("a2".into())]);
    }

    #[test]
    fn what_nobody_said_is_found() {
        assert_eq!(
            after(|stored| stored[1].content = "other words".into()),
            [Fault::Invented("b1".into())]
        );
        assert_eq!(
            after(|stored| stored.push(seen(5, "eve", "e1"))),
            [Fault::Invented("e1".into())]
        );
    }

    #[test]
    fn a_client_that_believes_something_else_is_found() {
        let mut history = kept();
        history.believed.get_mut("ann").unwrap().pop();
        assert_eq!(faults(&history), [Fault::Differs("ann".into())]);
    }
}
