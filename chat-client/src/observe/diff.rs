//! What turns one list into another, in steps that a list on a screen can follow.

use std::collections::BTreeSet;

/// One step that changes a list.
#[derive(Debug, Clone, PartialEq)]
pub enum Diff<T> {
    /// The whole list is this now.
    Reset(Vec<T>),
    /// These come behind the last.
    Append(Vec<T>),
    /// This comes to this place; what was there and behind it moves on by one.
    Insert {
        /// The place.
        index: usize,
        /// What.
        item: T,
    },
    /// This is at this place now instead of what was there.
    Set {
        /// The place.
        index: usize,
        /// What.
        item: T,
    },
    /// What is at this place goes; what is behind it moves back by one.
    Remove {
        /// The place.
        index: usize,
    },
    /// Only so many stay.
    Truncate {
        /// How many.
        length: usize,
    },
}

impl<T> Diff<T> {
    /// Takes the step. False when the list has no such place: then it is not the list that was observed.
    ///
    /// ```
    /// use chat_client::Diff;
    ///
    /// let mut list = vec!["one", "three"];
    /// assert!(Diff::Insert { index: 1, item: "two" }.apply(&mut list));
    /// assert_eq!(list, ["one", "two", "three"]);
    /// assert!(!Diff::Remove { index: 7 }.apply(&mut list));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn apply(self, list: &mut Vec<T>) -> bool {
        match self {
            Self::Reset(items) => *list = items,
            Self::Append(items) => list.extend(items),
            Self::Insert { index, item } if index <= list.len() => list.insert(index, item),
            Self::Set { index, item } if index < list.len() => list[index] = item,
            Self::Remove { index } if index < list.len() => drop(list.remove(index)),
            Self::Truncate { length } if length <= list.len() => list.truncate(length),
            _ => return false,
        }
        true
    }
}

/// What a list's items are told apart by.
pub(crate) trait Keyed: Clone + PartialEq {
    type Key: Ord + Clone;
    fn key(&self) -> Self::Key;
}

/// The steps from one list to another. Items with the same key are the same item. When the steps would be more than the
/// items, it is the list anew.
pub(crate) fn differences<T: Keyed>(old: &[T], new: &[T]) -> Vec<Diff<T>> {
    let same = |(a, b): &(&T, &T)| a == b;
    let head = old.iter().zip(new).take_while(same).count();
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let tail = old_rest
        .iter()
        .rev()
        .zip(new_rest.iter().rev())
        .take_while(same)
        .count();
    let before = &old_rest[..old_rest.len() - tail];
    let after = &new_rest[..new_rest.len() - tail];
    let steps = middle(before, after, head, tail == 0);
    match steps.len() > new.len().max(8) {
        true => vec![Diff::Reset(new.to_vec())],
        false => steps,
    }
}

/// The steps between two stretches that begin at `head`; with `is_end`, nothing is behind them.
fn middle<T: Keyed>(before: &[T], after: &[T], head: usize, is_end: bool) -> Vec<Diff<T>> {
    let wanted: BTreeSet<_> = after.iter().map(Keyed::key).collect();
    let mut steps = Vec::new();
    let stays = |item: &T| wanted.contains(&item.key());
    let kept = before.iter().rposition(stays).map_or(0, |last| last + 1);
    if is_end && kept < before.len() {
        steps.push(Diff::Truncate {
            length: head + kept,
        });
    }
    let cut = if is_end { kept } else { before.len() };
    let mut now: Vec<T> = before[..cut].to_vec();
    for at in (0..now.len()).rev() {
        if !stays(&now[at]) {
            now.remove(at);
            steps.push(Diff::Remove { index: head + at });
        }
    }
    for (at, item) in after.iter().enumerate() {
        let index = head + at;
        if is_end && at >= now.len() {
            steps.push(Diff::Append(after[at..].to_vec()));
            break;
        }
        let key = item.key();
        match now[at..].iter().position(|known| known.key() == key) {
            Some(0) if now[at] == *item => {}
            Some(0) => {
                now[at] = item.clone();
                steps.push(Diff::Set {
                    index,
                    item: item.clone(),
                });
            }
            Some(further) => {
                now.remove(at + further);
                steps.push(Diff::Remove {
                    index: index + further,
                });
                now.insert(at, item.clone());
                steps.push(Diff::Insert {
                    index,
                    item: item.clone(),
                });
            }
            None => {
                now.insert(at, item.clone());
                steps.push(Diff::Insert {
                    index,
                    item: item.clone(),
                });
            }
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    impl Keyed for (u8, u8) {
        type Key = u8;

        fn key(&self) -> u8 {
            self.0
        }
    }

    fn list() -> impl Strategy<Value = Vec<(u8, u8)>> {
        proptest::collection::btree_map(0_u8..12, 0_u8..3, 0..12)
            .prop_map(|map| map.into_iter().collect::<Vec<_>>())
            .prop_shuffle()
    }

    proptest! {
        #[test]
        fn the_steps_lead_from_any_list_to_any_other(old in list(), new in list()) {
            let mut shown = old.clone();
            for step in differences(&old, &new) {
                prop_assert!(step.apply(&mut shown));
            }
            prop_assert_eq!(shown, new);
        }
    }

    #[test]
    fn what_comes_last_is_appended_and_what_moved_up_moves_alone() {
        let old: Vec<_> = (0..20).map(|key| (key, 0)).collect();
        let mut new = old.clone();
        new.push((20, 0));
        assert_eq!(differences(&old, &new), [Diff::Append(vec![(20, 0)])]);

        let mut moved = old.clone();
        moved.remove(7);
        moved.insert(0, (7, 1));
        let steps = differences(&old, &moved);
        let insert = Diff::Insert {
            index: 0,
            item: (7, 1),
        };
        assert_eq!(steps, [Diff::Remove { index: 7 }, insert]);

        assert_eq!(differences(&old, &old[..3]), [Diff::Truncate { length: 3 }]);
    }

    #[test]
    fn a_step_that_has_no_place_is_refused() {
        let mut list = vec![1];
        assert!(!Diff::Remove { index: 1 }.apply(&mut list));
        assert!(!Diff::Set { index: 1, item: 2 }.apply(&mut list));
        assert_eq!(list, [1]);
    }
}
