//! An outbox with a disk that does not take everything, and files that wait for their turn.

use super::{files::stored, *};

fn on_disk(outbox: &mut Outbox) {
    let all: Vec<_> = outbox.all().cloned().collect();
    outbox.kept(all.iter());
}

fn amend(outbox: &mut Outbox, content: &str) -> Queued {
    let body = MessageBody::parse(content).unwrap();
    let write = outbox.amend(conversation(1), &client_id("a1"), &body);
    match write {
        Some(Write::Queue(queued)) => queued,
        other => panic!("{other:?}"),
    }
}

fn content(outbox: &Outbox) -> &str {
    match &outbox.all().next().unwrap().task {
        Task::Send(message) => message.content(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn another_text_that_the_disk_did_not_take_is_not_said() {
    let mut outbox = Outbox::new(true);
    outbox.push(said(1, "a1", text("first")), None, false);
    on_disk(&mut outbox);

    let second = amend(&mut outbox, "second");
    assert_eq!(outbox.next(0), None);
    assert!(matches!(
        outbox.not_kept(&second, 0),
        NotKept::TextBefore(_)
    ));
    assert_eq!(content(&outbox), "first");

    // Of two on their way to the disk, the first got there.
    let third = amend(&mut outbox, "third");
    let fourth = amend(&mut outbox, "fourth");
    outbox.kept([&third].into_iter());
    outbox.not_kept(&fourth, 0);
    assert_eq!(content(&outbox), "third");
    assert!(matches!(outbox.next(u64::MAX), Some(Next::Keep(_))));
}

#[test]
fn what_the_disk_had_before_a_change_says_nothing_about_the_change() {
    let mut outbox = Outbox::new(true);
    outbox.push(said(1, "a1", text("first")), None, false);
    let first: Vec<_> = outbox.all().cloned().collect();
    let second = amend(&mut outbox, "second");

    outbox.kept(first.iter());
    assert_eq!(outbox.next(0), None);
    outbox.kept([&second].into_iter());
    assert!(matches!(outbox.next(0), Some(Next::Keep(_))));
    assert_eq!(content(&outbox), "second");
}

#[test]
fn a_few_files_go_out_at_a_time_and_texts_pass_them() {
    let mut outbox = Outbox::default();
    for to in 1..=4 {
        let file = Task::Upload {
            path: "map.png".into(),
            file_name: "map.png".to_owned(),
            mime_type: "image/png".to_owned(),
        };
        outbox.push(said(to, &format!("u{to}"), file), None, false);
    }
    push(&mut outbox, 5, "a1");

    assert_eq!(taken(&mut outbox, 0), ["u1", "u2", "a1"]);
    // Nothing is to be done until one of them is there.
    assert_eq!(outbox.next_ms(), None);
    outbox.uploaded(conversation(1), &client_id("u1"), &stored(1));
    assert_eq!(outbox.next_ms(), Some(0));
    assert_eq!(taken(&mut outbox, 0), ["u3"]);
}

#[test]
fn what_the_disk_has_is_told_as_it_has_it_and_what_it_does_not_have_is_not_told() {
    let mut outbox = Outbox::new(true);
    outbox.push(said(1, "a1", text("first")), None, false);
    assert_eq!(outbox.on_disk().count(), 0);
    on_disk(&mut outbox);
    let kept: Vec<_> = outbox.on_disk().collect();

    amend(&mut outbox, "second");
    assert_eq!(outbox.on_disk().collect::<Vec<_>>(), kept);
    on_disk(&mut outbox);
    let second: Vec<_> = outbox.on_disk().collect();
    assert!(second != kept);
    // It is about to be handed to the network, and the disk does not know that yet.
    assert!(matches!(outbox.next(0), Some(Next::Keep(_))));
    assert_eq!(outbox.on_disk().collect::<Vec<_>>(), second);
}
