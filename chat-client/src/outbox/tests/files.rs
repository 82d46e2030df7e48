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
