//! Files in the outbox: how long one waits that does not get through, and what is known of one that did.

use super::*;

#[test]
fn a_file_that_does_not_get_through_is_sent_less_and_less_often() {
    let mut outbox = Outbox::default();
    outbox.push(file("f1"), None, false);
    let broken = Problem::new(Code::Unavailable, "it broke");
    let mut pauses = Vec::new();
    for _ in 0..4 {
        assert_eq!(taken(&mut outbox, u64::MAX), ["f1"]);
        let key = client_id("f1");
        outbox.refused(conversation(1), &key, &broken, 0, 0.99);
        pauses.push(outbox.next_ms().unwrap());
    }

    assert!(pauses.is_sorted_by(|a, b| a < b), "{pauses:?}");
    // Never less than half, however the dice fall; ten minutes are enough.
    for _ in 0..20 {
        assert_eq!(taken(&mut outbox, u64::MAX), ["f1"]);
        outbox.refused(conversation(1), &client_id("f1"), &broken, 0, 0.0);
        pauses.push(outbox.next_ms().unwrap());
    }
    assert!(
        pauses.windows(2).all(|two| two[1] * 2 >= two[0]),
        "{pauses:?}"
    );
    assert_eq!(pauses.last(), Some(&300_250));
    outbox.hurry();
    assert_eq!(outbox.next_ms(), Some(0));
}

/// A file that the server has.
pub(super) fn stored(id: u128) -> Attachment {
    Attachment {
        id: AttachmentId::new(Uuid::from_u128(id)),
        file_name: "map.png".to_owned(),
        size: 3,
        mime_type: "image/png".to_owned(),
        width: None,
        height: None,
        duration_ms: None,
        waveform: Vec::new(),
        blurhash: None,
        has_thumbnail: false,
    }
}

#[test]
fn what_means_something_that_is_stored_by_now_means_the_stored_one() {
    let mut outbox = Outbox::default();
    outbox.push(file("f1"), None, false);
    taken(&mut outbox, 0);
    outbox.uploaded(conversation(1), &client_id("f1"), &stored(4));
    push(&mut outbox, 1, "a1");
    taken(&mut outbox, 0);
    outbox.stored(conversation(1), &client_id("a1"), ack(1), false);

    let message = NewMessage::text(MessageBody::parse("b").unwrap());
    let message = message.reply_to(client_id("a1"));
    let mut both = said(1, "b1", Task::Send(message.attach_queued(client_id("f1"))));
    outbox.resolve(&mut both, |_| None);
    assert!(both.waits_for().is_empty());
    let Task::Send(message) = &both.task else {
        panic!("it is a message");
    };
    let known = message.stored_file(stored(4).id);
    assert_eq!(known, Some(&stored(4)), "what it is can be shown");

    let answer = NewMessage::text(MessageBody::parse("c").unwrap()).reply_to(client_id("old"));
    let mut late = said(1, "c1", Task::Send(answer));
    outbox.resolve(&mut late, |_| Some(MessageId::new(Uuid::nil())));
    assert!(late.waits_for().is_empty());
}

/// A message with a file that the server refused, and another without one.
fn with_refused_file() -> Outbox {
    let mut outbox = Outbox::default();
    outbox.push(file("f1"), None, false);
    let message = NewMessage::default().attach_queued(client_id("f1"));
    outbox.push(said(1, "a1", Task::Send(message)), None, false);
    let answer = NewMessage::text(MessageBody::parse("b").unwrap()).reply_to(client_id("a1"));
    outbox.push(said(1, "b1", Task::Send(answer)), None, false);
    push(&mut outbox, 1, "c1");
    taken(&mut outbox, 0);
    refuse(&mut outbox, 1, "f1", &Problem::new(Code::TooLarge, "no"));
    outbox
}

#[test]
fn a_message_is_no_farther_than_its_file_and_its_retry_sends_both() {
    let mut outbox = with_refused_file();
    let failed = Progress::Failed {
        code: Code::TooLarge,
        detail: "no".to_owned(),
    };
    let failures: Vec<_> = outbox.failures().into_iter().collect();
    let of = |key: &str| (client_id(key), failed.clone());
    let wanted = [of("a1"), of("b1"), of("f1")];
    assert!(
        failures
            .into_iter()
            .eq(wanted.iter().map(|(key, failed)| (key, failed)))
    );

    assert_eq!(taken(&mut outbox, 0), ["c1"]);
    store(&mut outbox, 1, "c1", 1);
    let again = outbox.retry(conversation(1), &client_id("b1"), None);

    assert_eq!((again.len(), outbox.failures().len()), (3, 0));
    assert_eq!(taken(&mut outbox, 0), ["f1"]);
    outbox.uploaded(conversation(1), &client_id("f1"), &stored(4));
    assert_eq!(taken(&mut outbox, 0), ["a1"]);
}

#[test]
fn a_file_that_failed_goes_with_the_last_message_that_waits_for_it() {
    let mut outbox = with_refused_file();
    let other = NewMessage::default().attach_queued(client_id("f1"));
    outbox.push(said(1, "d1", Task::Send(other)), None, false);
    let mut dropped = |key: &str| {
        let gone = outbox.discard(conversation(1), &client_id(key));
        gone.iter().map(ToString::to_string).collect::<Vec<_>>()
    };

    assert_eq!(dropped("a1"), ["b1", "a1"]);
    assert_eq!(dropped("d1"), ["d1", "f1"]);
}
