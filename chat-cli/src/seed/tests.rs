//! Plans: the same for the same seed, of the size that was asked for, and sound.

use super::*;

const SIZE: Size = Size {
    users: 15,
    messages: 300,
    conversations: 5,
    days: 30,
    seed: 1,
};

/// A whole conversation.
#[derive(Debug, PartialEq)]
struct Talk {
    said: Vec<Said>,
    read: Vec<(usize, usize)>,
}

fn talks(size: Size) -> Vec<Talk> {
    let plan = Plan::new(size);
    let talk = |nth| Talk {
        said: plan.course(nth).collect(),
        read: plan.course(nth).read(),
    };
    (0..plan.conversations.len()).map(talk).collect()
}

/// A number for everything that is said, and what became of it (FNV-1a).
fn sum(talks: &[Talk]) -> u64 {
    let text = format!("{talks:?}");
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |sum: u64, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[test]
fn what_a_seed_yields_stays_as_it_was() {
    let small = sum(&talks(SIZE));
    let large = sum(&talks(Size {
        messages: 20_000,
        users: 40,
        ..SIZE
    }));

    assert_eq!(
        (small, large),
        (0x2438_72bf_f532_9cd4, 0x74cd_9e34_2aa0_6334)
    );
}

#[test]
fn several_things_are_said_in_one_breath_and_what_is_more_than_text_alone() {
    let plan = Plan::new(SIZE);
    let mut course = plan.course(0).peekable();
    let runs: Vec<_> =
        std::iter::from_fn(|| Some(run(&mut course)).filter(|run| !run.is_empty())).collect();

    let whole: Vec<_> = runs.iter().flatten().cloned().collect();
    assert_eq!(whole, plan.course(0).collect::<Vec<_>>());
    assert!(runs.iter().any(|run| run.len() > 3));
    for run in runs {
        assert!(run.len() == 1 || run.iter().all(Said::is_plain), "{run:?}");
        assert!(run.len() <= RUN_MOST);
    }
}

#[test]
fn the_same_seed_plans_the_same_and_another_does_not() {
    assert_eq!(Plan::new(SIZE), Plan::new(SIZE));
    assert_eq!(talks(SIZE), talks(SIZE));
    assert_ne!(talks(SIZE), talks(Size { seed: 2, ..SIZE }));
}

#[test]
fn there_is_exactly_as_much_as_was_asked_for() {
    for (users, messages, conversations) in [(15, 300, 5), (2, 7, 4), (60, 0, 30)] {
        let size = Size {
            users,
            messages,
            conversations,
            ..SIZE
        };
        let plan = Plan::new(size);
        let said: usize = talks(size).iter().map(|talk| talk.said.len()).sum();
        assert_eq!(
            (plan.people.len(), plan.conversations.len(), said),
            (users, conversations, messages)
        );
    }
}

#[test]
fn only_members_take_part_and_no_pair_or_title_comes_twice() {
    let size = Size {
        users: 6,
        messages: 2_000,
        conversations: 40,
        ..SIZE
    };
    let plan = Plan::new(size);
    let mut seen = BTreeSet::new();
    for (planned, talk) in plan.conversations.iter().zip(talks(size)) {
        let is_member = |person: &usize| planned.members.contains(person);
        for said in &talk.said {
            assert!(
                is_member(&said.author) && (0..=30 * DAY).contains(&said.ago_ms),
                "{said:?}"
            );
            let others = said.reactions.iter().map(|(person, _)| person);
            assert!(
                others
                    .clone()
                    .all(|one| is_member(one) && *one != said.author),
                "{said:?}"
            );
        }
        assert!(talk.said.is_sorted_by(|a, b| a.ago_ms >= b.ago_ms));
        assert!(planned.opened_ms >= talk.said.first().map_or(0, |said| said.ago_ms));
        let name = planned.title.clone();
        let name = name.unwrap_or_else(|| format!("{:?}", planned.members));
        assert!(seen.insert(name.clone()), "{name}");
    }
}

#[test]
fn everything_said_is_a_message_with_an_id_of_its_own() {
    let mut ids = BTreeSet::new();
    let all = talks(Size {
        messages: 2_000,
        ..SIZE
    });
    for said in all.iter().flat_map(|talk| &talk.said) {
        for text in std::iter::once(&said.text).chain(&said.edited) {
            assert!(
                chat_core::MessageBody::parse(text.clone()).is_ok(),
                "{said:?}"
            );
            assert!(!text.contains(['{', '}']), "{said:?}");
        }
        assert_ne!(said.edited.as_ref(), Some(&said.text));
        assert!(ids.insert(said.client_id.clone()), "{said:?}");
    }
}

#[test]
fn there_is_some_of_everything() {
    let all = talks(Size {
        messages: 1_000,
        conversations: 10,
        ..SIZE
    });
    let said: Vec<_> = all.iter().flat_map(|talk| &talk.said).collect();
    let count = |is: fn(&Said) -> bool| said.iter().filter(|said| is(said)).count();

    let counts = [
        count(|said| said.edited.is_some()),
        count(|said| said.reply_to.is_some()),
        count(|said| !said.reactions.is_empty()),
        count(|said| said.file.is_some()),
    ];
    assert!(
        counts.iter().all(|count| (10..300).contains(count)),
        "{counts:?}"
    );
    let scripts = ['é', 'д', 'π', 'ع', 'ש', 'ह', '今', 'の', '요', '🎉'];
    for letter in scripts {
        assert!(
            said.iter().any(|said| said.text.contains(letter)),
            "{letter}"
        );
    }
    let unread = all
        .iter()
        .flat_map(|talk| talk.read.iter().map(|(_, at)| talk.said.len() - 1 - at));
    assert!(unread.clone().any(|unread| unread == 0) && unread.clone().any(|unread| unread > 0));
}

#[test]
fn an_answer_is_to_something_above_it_that_can_be_found_again() {
    for talk in talks(Size {
        messages: 2_000,
        ..SIZE
    }) {
        for (place, said) in talk.said.iter().enumerate() {
            if let Some(to) = said.reply_to {
                assert!(to + 1 == place && talk.said[to].file.is_none(), "{said:?}");
            }
        }
        for (member, place) in &talk.read {
            let own = talk.said.iter().rposition(|said| said.author == *member);
            assert!(own.is_none_or(|own| own <= *place), "{member} {place}");
        }
    }
}
