//! An outbox that is an older copy of itself: what it says was sent by a life that it forgot.

use super::*;

#[test]
fn what_another_life_sent_with_another_text_gets_the_one_that_it_was_given_since() {
    let conflict = Problem::new(Code::IdempotencyConflict, "another text");
    let mut outbox = Outbox::default();
    for id in ["a1", "a2"] {
        push(&mut outbox, 1, id);
    }
    let newer = MessageBody::parse("newer").unwrap();
    outbox.amend(conversation(1), &client_id("a1"), &newer);

    assert_eq!(taken(&mut outbox, 0), ["a1"]);
    refuse(&mut outbox, 1, "a1", &conflict);
    let edit = outbox.next(1_000);
    let Some(Next::Ask(edit)) = edit else {
        panic!("{edit:?}");
    };
    let message = Target::Queued(client_id("a1"));
    let content = newer;
    assert_eq!(edit.task, Task::Edit { message, content });
    outbox.done(conversation(1), &edit.key);

    // The text that it was queued with is the older one.
    assert_eq!(taken(&mut outbox, 1_000), ["a2"]);
    refuse(&mut outbox, 1, "a2", &conflict);
    assert_eq!(outbox.all().count(), 0);
}

#[test]
fn what_waits_for_a_message_that_another_life_sent_is_done_to_the_one_that_the_server_names() {
    let id = MessageId::new(Uuid::from_u128(7));
    let conflict = Problem::new(Code::IdempotencyConflict, "another text").about(id);
    let mut outbox = Outbox::default();
    push(&mut outbox, 1, "a1");
    let newer = MessageBody::parse("newer").unwrap();
    outbox.amend(conversation(1), &client_id("a1"), &newer);
    let message = Target::Queued(client_id("a1"));
    outbox.push(said(1, "d1", Task::Delete { message }), None, false);

    taken(&mut outbox, 0);
    refuse(&mut outbox, 1, "a1", &conflict);

    let tasks: Vec<_> = outbox.all().map(|queued| queued.task.clone()).collect();
    let message = Target::Stored(id);
    let edit = Task::Edit {
        message: message.clone(),
        content: newer,
    };
    assert_eq!(tasks, [edit, Task::Delete { message }]);
}

#[test]
fn the_text_that_another_life_is_to_get_stays_queued_while_the_disk_does_not_take_it() {
    let conflict = Problem::new(Code::IdempotencyConflict, "another text");
    let mut outbox = Outbox::new(true);
    let mut queued = said(1, "a1", text("a1"));
    queued.place = 1;
    outbox.restore(vec![queued]);
    let newer = MessageBody::parse("newer").unwrap();
    let amended = outbox.amend(conversation(1), &client_id("a1"), &newer);
    for _ in 0..2 {
        let all: Vec<_> = outbox.all().cloned().collect();
        outbox.kept(all.iter());
        outbox.next(0);
    }
    assert!(amended.is_some());

    refuse(&mut outbox, 1, "a1", &conflict);
    let edit = outbox.all().next().unwrap().clone();
    assert_eq!(outbox.not_kept(&edit, 0), NotKept::Stays);

    let Some(Next::Keep(again)) = outbox.next(u64::MAX) else {
        panic!("it is forgotten, or goes out before the disk has it");
    };
    assert_eq!(again.task, edit.task);
}

#[test]
fn copies_of_a_device_ask_for_the_same_edit_under_one_name_and_for_another_under_another() {
    let conflict = Problem::new(Code::IdempotencyConflict, "another text");
    let named = |content: &str| {
        let mut outbox = Outbox::default();
        push(&mut outbox, 1, "a1");
        let newer = MessageBody::parse(content).unwrap();
        outbox.amend(conversation(1), &client_id("a1"), &newer);
        taken(&mut outbox, 0);
        refuse(&mut outbox, 1, "a1", &conflict);
        outbox.all().next().unwrap().key.clone()
    };

    // Copies of an app may be of different releases: it is this name with each of them.
    assert_eq!(named("newer").as_str(), "a1.804f51f71254c408");
    assert_ne!(named("newer"), named("newest"));
}
