//! The outbox without a connection: order, repetition, refusal.

mod disk;
mod files;
mod lives;

use super::{answer::FAULTS_MOST, *};
use crate::NewMessage;
use chat_core::{Ack, AttachmentId, Code, MessageBody, MessageId, Problem, Timestamp};
use tokio::sync::oneshot;
use uuid::Uuid;

fn conversation(number: u128) -> ConversationId {
    ConversationId::new(Uuid::from_u128(number))
}

fn client_id(text: &str) -> ClientId {
    ClientId::try_from(text.to_owned()).unwrap()
}

fn ack(seq: u64) -> Ack {
    Ack {
        message_id: MessageId::new(Uuid::nil()),
        seq: Seq::try_from(seq).unwrap(),
        created_at: Timestamp::from_ms(0),
        duplicate: false,
    }
}

fn said(to: u128, id: &str, task: Task) -> Queued {
    Queued {
        key: client_id(id),
        conversation_id: conversation(to),
        place: 0,
        created_at: Timestamp::from_ms(0),
        task,
        progress: Progress::Waiting,
    }
}

fn text(id: &str) -> Task {
    Task::Send(NewMessage::text(MessageBody::parse(id).unwrap()))
}

fn push(outbox: &mut Outbox, to: u128, id: &str) -> oneshot::Receiver<Result<Option<Ack>, Error>> {
    let (sender, outcome) = oneshot::channel();
    outbox.push(said(to, id, text(id)), Some(sender), false);
    outcome
}

/// What is asked now, by name.
fn taken(outbox: &mut Outbox, now_ms: u64) -> Vec<String> {
    let next = || outbox.next(now_ms);
    std::iter::from_fn(next)
        .map(|next| match next {
            Next::Ask(queued) => queued.key.to_string(),
            Next::Keep(queued) => panic!("there is no disk: {queued:?}"),
        })
        .collect()
}

fn refuse(outbox: &mut Outbox, to: u128, id: &str, problem: &Problem) -> Refusal {
    outbox.refused(conversation(to), &client_id(id), problem, 1_000, 0.0)
}

fn store(outbox: &mut Outbox, to: u128, id: &str, seq: u64) -> Vec<Write> {
    outbox.stored(conversation(to), &client_id(id), ack(seq), true)
}

#[test]
fn one_unanswered_send_per_conversation_in_the_order_they_were_said() {
    let mut outbox = Outbox::default();
    for (to, id) in [(1, "a1"), (1, "a2"), (2, "b1"), (1, "a3")] {
        push(&mut outbox, to, id);
    }

    assert_eq!(taken(&mut outbox, 0), ["a1", "b1"]);
    store(&mut outbox, 1, "a1", 1);
    assert_eq!(taken(&mut outbox, 0), ["a2"]);
    store(&mut outbox, 1, "a2", 2);
    assert_eq!(taken(&mut outbox, 0), ["a3"]);
}

#[test]
fn what_was_not_answered_is_sent_again_first_and_under_the_same_id() {
    let mut outbox = Outbox::default();
    push(&mut outbox, 1, "a1");
    push(&mut outbox, 1, "a2");
    assert_eq!(taken(&mut outbox, 0), ["a1"]);

    outbox.disconnected(false);

    assert_eq!(taken(&mut outbox, 0), ["a1"]);
}

#[test]
fn the_ticket_learns_the_outcome_once() {
    let mut outbox = Outbox::default();
    let mut outcome = push(&mut outbox, 1, "a1");
    taken(&mut outbox, 0);

    store(&mut outbox, 1, "a1", 7);
    store(&mut outbox, 1, "a1", 8);

    assert_eq!(outcome.try_recv().unwrap().unwrap(), Some(ack(7)));
}

#[test]
fn a_refusal_for_good_lets_the_next_one_go() {
    let mut outbox = Outbox::default();
    let mut outcome = push(&mut outbox, 1, "a1");
    push(&mut outbox, 1, "a2");
    taken(&mut outbox, 0);

    let forbidden = Problem::new(Code::Forbidden, "no");
    let refusal = refuse(&mut outbox, 1, "a1", &forbidden);
    assert!(matches!(refusal, Refusal::ForGood(_)));

    assert_eq!(
        outcome.try_recv().unwrap().unwrap_err().code(),
        Code::Forbidden
    );
    assert_eq!(taken(&mut outbox, 0), ["a2"]);
}

#[test]
fn a_refusal_for_now_keeps_the_order_and_the_time_to_wait() {
    let mut outbox = Outbox::default();
    push(&mut outbox, 1, "a1");
    push(&mut outbox, 1, "a2");
    taken(&mut outbox, 0);

    let busy = Problem::new(Code::RateLimited, "slowly").after_ms(900);
    assert_eq!(refuse(&mut outbox, 1, "a1", &busy), Refusal::NotNow);

    assert_eq!(outbox.next_ms(), Some(1_900));
    assert!(taken(&mut outbox, 1_899).is_empty());
    assert_eq!(taken(&mut outbox, 1_900), ["a1"]);
}

#[test]
fn a_message_that_the_server_stumbles_over_does_not_hold_up_the_rest_for_ever() {
    let mut outbox = Outbox::default();
    push(&mut outbox, 1, "a1");
    push(&mut outbox, 1, "a2");
    let fault = Problem::new(Code::Internal, "oops");

    for _ in 1..FAULTS_MOST {
        assert_eq!(taken(&mut outbox, u64::MAX), ["a1"]);
        assert_eq!(refuse(&mut outbox, 1, "a1", &fault), Refusal::NotNow);
    }
    assert_eq!(taken(&mut outbox, u64::MAX), ["a1"]);
    assert!(matches!(
        refuse(&mut outbox, 1, "a1", &fault),
        Refusal::ForGood(_)
    ));

    assert_eq!(taken(&mut outbox, 0), ["a2"]);
}

#[test]
fn only_what_was_not_sent_can_be_discarded() {
    let mut outbox = Outbox::default();
    push(&mut outbox, 1, "a1");
    push(&mut outbox, 1, "a2");
    taken(&mut outbox, 0);

    let mut discard = |id| outbox.discard(conversation(1), &client_id(id)).len();
    assert_eq!((discard("a1"), discard("a2"), discard("a2")), (0, 1, 0));

    store(&mut outbox, 1, "a1", 1);
    assert!(taken(&mut outbox, 0).is_empty());
}

#[test]
fn who_waits_is_told_when_the_connection_is_given_up_and_the_message_stays() {
    let mut outbox = Outbox::default();
    let mut outcome = push(&mut outbox, 1, "a1");

    outbox.release(&Error::SignedOut);

    assert!(matches!(outcome.try_recv(), Ok(Err(Error::SignedOut))));
    assert_eq!(taken(&mut outbox, 0), ["a1"]);
}

#[test]
fn a_stored_message_is_remembered_until_its_echo_is_settled() {
    let mut outbox = Outbox::default();
    push(&mut outbox, 1, "a1");
    taken(&mut outbox, 0);
    outbox.stored(conversation(1), &client_id("a1"), ack(3), false);

    let mut asked = Vec::new();
    outbox.settle(|_, id, seq| {
        asked.push((id.to_string(), seq.get()));
        false
    });
    let done = outbox.settle(|_, _, _| true);
    outbox.settle(|_, _, _| panic!("it was let go"));

    assert_eq!(asked, [("a1".to_owned(), 3)]);
    assert_eq!(done, [Write::Done(client_id("a1"))]);
}

#[test]
fn what_was_refused_for_good_is_kept_whole_and_sent_again_behind_the_rest() {
    let mut outbox = Outbox::default();
    let answered = MessageId::new(Uuid::from_u128(9));
    let message = NewMessage::text(MessageBody::parse("no").unwrap()).reply_to(answered);
    outbox.push(said(1, "a1", Task::Send(message.clone())), None, false);
    push(&mut outbox, 1, "a2");
    taken(&mut outbox, 0);
    refuse(&mut outbox, 1, "a1", &Problem::new(Code::Forbidden, "no"));

    assert_eq!(
        outbox.retry(conversation(1), &client_id("a1"), None).len(),
        1
    );
    assert!(
        outbox
            .retry(conversation(1), &client_id("a1"), None)
            .is_empty()
    );

    assert_eq!(taken(&mut outbox, 0), ["a2"]);
    store(&mut outbox, 1, "a2", 1);
    let Some(Next::Ask(again)) = outbox.next(0) else {
        panic!("it is not sent again");
    };
    assert_eq!(again.task, Task::Send(message));
}

#[test]
fn what_depends_on_an_unsent_message_waits_for_it_and_then_means_the_stored_one() {
    let mut outbox = Outbox::default();
    push(&mut outbox, 1, "a1");
    let edit = Task::Edit {
        message: client_id("a1").into(),
        content: MessageBody::parse("new").unwrap(),
    };
    outbox.push(said(1, "e1", edit), None, false);
    assert_eq!(taken(&mut outbox, 0), ["a1"]);

    let kept = store(&mut outbox, 1, "a1", 1);

    let Some(Next::Ask(edit)) = outbox.next(0) else {
        panic!("the edit is not sent");
    };
    assert!(
        edit.frame(1)
            .unwrap()
            .contains(&ack(1).message_id.to_string())
    );
    let is_resolved =
        |write: &Write| matches!(write, Write::Queue(it) if it.waits_for().is_empty());
    assert!(kept.iter().any(is_resolved), "{kept:?}");
}

#[test]
fn what_depends_on_a_failed_message_is_passed_by_and_follows_its_retry() {
    let mut outbox = Outbox::default();
    push(&mut outbox, 1, "a1");
    let answer = NewMessage::text(MessageBody::parse("b").unwrap()).reply_to(client_id("a1"));
    outbox.push(said(1, "b1", Task::Send(answer)), None, false);
    push(&mut outbox, 1, "c1");
    taken(&mut outbox, 0);
    refuse(&mut outbox, 1, "a1", &Problem::new(Code::Forbidden, "no"));

    assert_eq!(taken(&mut outbox, 0), ["c1"]);
    store(&mut outbox, 1, "c1", 1);
    assert!(taken(&mut outbox, 0).is_empty());

    outbox.retry(conversation(1), &client_id("a1"), None);
    assert_eq!(taken(&mut outbox, 0), ["a1"]);
    store(&mut outbox, 1, "a1", 2);
    assert_eq!(taken(&mut outbox, 0), ["b1"]);
}

#[test]
fn dropping_a_failed_message_drops_what_waits_for_it() {
    let mut outbox = Outbox::default();
    push(&mut outbox, 1, "a1");
    let delete = Task::Delete {
        message: client_id("a1").into(),
    };
    outbox.push(said(1, "d1", delete), None, false);
    taken(&mut outbox, 0);
    refuse(&mut outbox, 1, "a1", &Problem::new(Code::Forbidden, "no"));

    assert_eq!(outbox.discard(conversation(1), &client_id("a1")).len(), 2);

    assert_eq!(outbox.all().count(), 0);
}

#[test]
fn with_a_disk_nothing_is_sent_before_it_is_kept_and_known_to_be_on_its_way() {
    let mut outbox = Outbox::new(true);
    outbox.push(said(1, "a1", text("a1")), None, false);
    assert_eq!(outbox.next(0), None);

    let waiting: Vec<_> = outbox.all().cloned().collect();
    outbox.kept(waiting.iter());
    let Some(Next::Keep(asked)) = outbox.next(0) else {
        panic!("it is sent before the disk knows");
    };
    assert_eq!(asked.progress, Progress::Asked);
    // What was written before says nothing about the newer state.
    outbox.kept(waiting.iter());
    assert_eq!(outbox.next(0), None);

    outbox.kept([&*asked].into_iter());
    assert_eq!(outbox.next(0), Some(Next::Ask(asked)));
}

#[test]
fn only_a_message_that_nobody_else_knows_of_is_changed_where_it_waits() {
    let mut outbox = Outbox::default();
    push(&mut outbox, 1, "a1");
    push(&mut outbox, 1, "a2");
    taken(&mut outbox, 0);
    let body = MessageBody::parse("new").unwrap();

    assert!(
        outbox
            .amend(conversation(1), &client_id("a1"), &body)
            .is_none()
    );
    assert!(
        outbox
            .amend(conversation(1), &client_id("a2"), &body)
            .is_some()
    );

    store(&mut outbox, 1, "a1", 1);
    let Some(Next::Ask(second)) = outbox.next(0) else {
        panic!("it is not sent");
    };
    assert!(second.frame(1).unwrap().contains("new"));
}

fn file(id: &str) -> Queued {
    let task = Task::Upload {
        path: "map.png".into(),
        file_name: "map.png".to_owned(),
        mime_type: "image/png".to_owned(),
    };
    said(1, id, task)
}

#[test]
fn what_waits_for_something_that_has_failed_cannot_be_sent() {
    let mut outbox = Outbox::default();
    push(&mut outbox, 1, "a1");
    let answer = NewMessage::text(MessageBody::parse("b").unwrap()).reply_to(client_id("a1"));
    outbox.push(said(1, "b1", Task::Send(answer)), None, false);
    assert_eq!(outbox.sendable(u64::MAX), 2);
    taken(&mut outbox, 0);

    refuse(&mut outbox, 1, "a1", &Problem::new(Code::Forbidden, "no"));

    assert_eq!(outbox.sendable(u64::MAX), 0);
}
