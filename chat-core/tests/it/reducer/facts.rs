//! Single facts about the reducer: what the properties do not reach, and what is good to read as a story.

use super::{
    NOW, acts::Act, catch_up, check, known, reference::Names, reference::Reference, seq, start,
    tell,
};
use crate::reducer::reference::{here, person};
use chat_core::*;

fn pending(client_id: &str) -> Echo {
    Echo {
        client_id: ClientId::try_from(client_id.to_owned()).unwrap(),
        conversation_id: here(),
        content: "hi".into(),
        created_at: NOW,
        reply_to: None,
        status: EchoStatus::Pending,
    }
}

#[test]
fn an_echo_gives_way_to_the_stored_message() {
    let mut reference = Reference::new(2);
    let mut state = start(&reference);
    state.echo(pending("c1"));
    assert_eq!(state.echoes(here()).len(), 1);

    tell(&mut state, reference.act(Act::say(0, "hi")));

    assert!(state.echoes(here()).is_empty());
    assert_eq!(known(&state).len(), 1);
}

#[test]
fn a_typing_sign_goes_out_by_itself() {
    let mut state = start(&Reference::new(2));
    let typing = Event::Typing(Typing {
        user_id: person(1),
        username: "p1".into(),
        is_typing: true,
    });
    let at = Timestamp::from_ms(1_000);
    state.apply(Envelope::passing(Some(here()), typing), at);

    let shown = |state: &State| {
        let known = state.conversation(here()).unwrap();
        known.typing().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(shown(&state), ["p1"]);
    assert!(!state.expire(Timestamp::from_ms(6_999)));
    assert!(state.expire(Timestamp::from_ms(7_000)));
    assert!(shown(&state).is_empty());
}

#[test]
fn another_life_of_the_inbox_voids_everything_but_what_was_not_sent() {
    let mut reference = Reference::new(2);
    let mut state = start(&reference);
    state.echo(pending("n1"));
    reference.act(Act::Contact(1, None));
    reference.act(Act::Block(1, true));
    let mut synced = reference.sync(&state, usize::MAX);
    synced.inbox.epoch = Epoch::new(2);

    assert!(state.apply_sync(synced));

    assert!(state.positions().is_empty() && state.inbox().is_none());
    assert_eq!(state.echoes(here()).len(), 1);
    catch_up(&mut state, &reference, usize::MAX);
    check(&state, &reference).unwrap();
}

#[test]
fn a_deletion_reaches_a_page_that_was_read_before_it() {
    let mut reference = Reference::new(2);
    for nth in 0..3 {
        reference.act(Act::say(1, format!("m{nth}")));
    }
    let mut state = start(&reference);
    let asked = state.history_before(here(), 10).unwrap();
    let page = reference.page(&asked);

    tell(&mut state, reference.act(Act::Delete(0, 1)));
    state.apply_page(&asked, page);

    let contents: Vec<_> = known(&state).into_iter().map(|m| m.content).collect();
    assert_eq!(contents, ["", "m1", "m2"]);
}

#[test]
fn what_a_page_shows_as_deleted_is_not_brought_back_by_what_was_heard_before() {
    let mut reference = Reference::new(2);
    for nth in 0..3 {
        reference.act(Act::say(1, format!("m{nth}")));
    }
    let mut state = start(&reference);
    let edit = Act::Edit(0, "x".into(), Names::default());
    for act in [edit, Act::React(1, 0, 0), Act::Pin(1, 0, true)] {
        tell(&mut state, reference.act(act));
    }

    reference.act(Act::Delete(0, 1));
    let asked = state.history_before(here(), 10).unwrap();
    let page = reference.page(&asked);
    state.apply_page(&asked, page);

    assert_eq!(known(&state)[0], reference.message(0));
}

#[test]
fn an_answer_older_than_what_was_told_live_takes_nothing_back() {
    let mut reference = Reference::new(2);
    reference.act(Act::say(1, "hi"));
    let mut state = start(&reference);
    let older = reference.sync(&state, usize::MAX);

    tell(&mut state, reference.act(Act::Read(0, 1)));
    assert!(state.apply_sync(older), "it is asked again");

    check(&state, &reference).unwrap();
    assert!(!state.apply_sync(reference.sync(&state, usize::MAX)));
}

#[test]
fn twenty_are_shown_with_a_reaction_and_all_are_counted() {
    let mut reference = Reference::new(25);
    reference.act(Act::say(1, "hi"));
    let mut state = start(&reference);

    tell(&mut state, reference.act(Act::ReactAll(0, 0)));
    tell(&mut state, reference.act(Act::TakeBack(3, 0, 0)));

    let reaction = &known(&state)[0].extras.reactions[0];
    assert_eq!((reaction.count, reaction.user_ids.len()), (24, 20));
    assert_eq!(reaction.user_ids[19], person(20), "somebody moves up");
}

#[test]
fn emoji_stand_in_the_order_they_were_first_given() {
    let mut reference = Reference::new(4);
    reference.act(Act::say(1, "hi"));
    let mut state = start(&reference);

    for (by, emoji) in [(1, 2), (1, 0), (2, 1), (3, 2), (2, 0)] {
        tell(&mut state, reference.act(Act::React(by, 0, emoji)));
        check(&state, &reference).unwrap();
    }
    tell(&mut state, reference.act(Act::TakeBack(1, 0, 2)));

    check(&state, &reference).unwrap();
}

#[test]
fn a_reply_follows_what_it_answers() {
    let mut reference = Reference::new(2);
    reference.act(Act::say(1, "one"));
    reference.act(Act::Reply(0, 0, "yes".into()));
    let mut state = start(&reference);
    let excerpt = |state: &State| {
        let reply = known(state).pop().unwrap().extras.reply_to;
        reply.map(|reply| reply.excerpt)
    };
    assert_eq!(excerpt(&state).as_deref(), Some("one"));

    let edit = Act::Edit(0, "x".repeat(200), Names::default());
    tell(&mut state, reference.act(edit));
    assert_eq!(excerpt(&state), Some(format!("{}…", "x".repeat(160))));

    tell(&mut state, reference.act(Act::Expire(0)));
    assert_eq!(excerpt(&state).as_deref(), Some(""));
}

#[test]
fn a_message_is_a_tombstone_when_its_time_is_up_before_anybody_says_so() {
    let mut reference = Reference::new(2);
    let mut state = start(&reference);
    let (soon, later) = (Act::say(1, "soon gone"), Act::Reply(1, 0, "indeed".into()));
    for act in [Act::Timer(Some(5)), soon, Act::Timer(None), later] {
        tell(&mut state, reference.act(act));
    }
    let end = known(&state)[0].expires_at.unwrap();
    assert_eq!(state.next_message_end(), Some(end));
    assert_eq!(state.expire_messages(end.plus_ms(-1)), []);

    assert_eq!(state.expire_messages(end), [here()]);

    let [gone, answer] = &known(&state)[..] else {
        panic!("both are known");
    };
    let excerpt = answer.extras.reply_to.as_ref().map(|reply| &*reply.excerpt);
    assert_eq!((&*gone.content, excerpt), ("", Some("")));
    assert_eq!(
        (gone.deleted_at, state.next_message_end()),
        (Some(end), None)
    );
    tell(&mut state, reference.act(Act::Expire(0)));
    check(&state, &reference).unwrap();
}

#[test]
fn only_what_others_say_to_one_is_counted_as_a_mention() {
    let mut reference = Reference::new(3);
    let mut state = start(&reference);
    let all = Names {
        people: Vec::new(),
        all: true,
    };
    let me = Names {
        people: vec![0],
        all: false,
    };

    for act in [
        Act::Send(1, "a".into(), all.clone()),
        Act::Send(1, "b".into(), me.clone()),
        Act::Send(0, "c".into(), me),
        Act::Send(0, "d".into(), all),
        Act::Tell(1, "e".into()),
        Act::say(2, "f"),
    ] {
        tell(&mut state, reference.act(act));
    }

    assert_eq!((state.unread_total(), state.mention_total()), (3, 2));
    tell(&mut state, reference.act(Act::Read(0, 1)));
    assert_eq!((state.unread_total(), state.mention_total()), (2, 1));
}

#[test]
fn a_place_told_early_waits_for_the_one_before_it() {
    let mut reference = Reference::new(2);
    let mut state = start(&reference);
    let first = reference.act(Act::say(1, "a"));
    let second = reference.act(Act::React(1, 0, 0));

    for envelope in second {
        assert_eq!(state.apply(envelope, NOW), Applied::Gap);
    }
    tell(&mut state, first);

    assert_eq!(state.positions()[&here()].seq, seq(2));
    check(&state, &reference).unwrap();
}

#[test]
fn ones_own_log_that_comes_late_takes_no_role_and_no_count_back() {
    let mut reference = Reference::new(2);
    let mut state = start(&reference);
    let all = Names {
        people: Vec::new(),
        all: true,
    };
    let late = reference.act(Act::Prefer(Prefs::default()));

    tell(&mut state, reference.act(Act::Role(0, true)));
    tell(&mut state, reference.act(Act::Send(1, "a".into(), all)));
    tell(&mut state, late);

    assert_eq!(state.mention_total(), 1);
    check(&state, &reference).unwrap();
}
