//! The outbox without a connection: order, repetition, refusal.

use super::*;
use chat_core::{MessageBody, MessageId, Timestamp};
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

fn push(outbox: &mut Outbox, to: u128, id: &str) -> oneshot::Receiver<Result<Ack, Error>> {
    let (sender, outcome) = oneshot::channel();
    let content = MessageBody::parse(id).unwrap();
    let message = SendMessage::text(conversation(to), content);
    outbox.push(client_id(id), message, sender);
    outcome
}

/// What is sent now, by client id.
fn taken(outbox: &mut Outbox, now_ms: u64) -> Vec<String> {
    std::iter::from_fn(|| outbox.take(now_ms))
        .map(|message| message.client_id.unwrap().to_string())
        .collect()
}

fn refuse(outbox: &mut Outbox, to: u128, id: &str, problem: &Problem) -> Refusal {
    outbox.refused(conversation(to), &client_id(id), problem, 1_000, 0.0)
}

#[test]
fn one_unanswered_send_per_conversation_in_the_order_they_were_said() {
    let mut outbox = Outbox::default();
    for (to, id) in [(1, "a1"), (1, "a2"), (2, "b1"), (1, "a3")] {
        push(&mut outbox, to, id);
    }

    assert_eq!(taken(&mut outbox, 0), ["a1", "b1"]);
    outbox.acknowledged(conversation(1), &client_id("a1"), ack(1));
    assert_eq!(taken(&mut outbox, 0), ["a2"]);
    outbox.acknowledged(conversation(1), &client_id("a2"), ack(2));
    assert_eq!(taken(&mut outbox, 0), ["a3"]);
}

#[test]
fn what_was_not_answered_is_sent_again_first_and_under_the_same_id() {
    let mut outbox = Outbox::default();
    push(&mut outbox, 1, "a1");
    push(&mut outbox, 1, "a2");
    assert_eq!(taken(&mut outbox, 0), ["a1"]);

    outbox.disconnected();

    assert_eq!(taken(&mut outbox, 0), ["a1"]);
}

#[test]
fn the_ticket_learns_the_outcome_once() {
    let mut outbox = Outbox::default();
    let mut outcome = push(&mut outbox, 1, "a1");
    taken(&mut outbox, 0);

    outbox.acknowledged(conversation(1), &client_id("a1"), ack(7));
    outbox.acknowledged(conversation(1), &client_id("a1"), ack(8));

    assert_eq!(outcome.try_recv().unwrap().unwrap(), ack(7));
}

#[test]
fn a_refusal_for_good_lets_the_next_one_go() {
    let mut outbox = Outbox::default();
    let mut outcome = push(&mut outbox, 1, "a1");
    push(&mut outbox, 1, "a2");
    taken(&mut outbox, 0);

    let forbidden = Problem::new(Code::Forbidden, "no");
    assert_eq!(refuse(&mut outbox, 1, "a1", &forbidden), Refusal::ForGood);

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
    assert_eq!(refuse(&mut outbox, 1, "a1", &fault), Refusal::ForGood);

    assert_eq!(taken(&mut outbox, 0), ["a2"]);
}

#[test]
fn only_what_was_not_sent_can_be_discarded() {
    let mut outbox = Outbox::default();
    push(&mut outbox, 1, "a1");
    push(&mut outbox, 1, "a2");
    taken(&mut outbox, 0);

    assert!(!outbox.discard(conversation(1), &client_id("a1")));
    assert!(outbox.discard(conversation(1), &client_id("a2")));
    assert!(!outbox.discard(conversation(1), &client_id("a2")));

    outbox.acknowledged(conversation(1), &client_id("a1"), ack(1));
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
    outbox.acknowledged(conversation(1), &client_id("a1"), ack(3));

    let mut asked = Vec::new();
    outbox.settle(|_, id, seq| {
        asked.push((id.to_string(), seq.get()));
        false
    });
    outbox.settle(|_, _, _| true);
    outbox.settle(|_, _, _| panic!("it was let go"));

    assert_eq!(asked, [("a1".to_owned(), 3)]);
}

#[test]
fn what_was_refused_for_good_is_kept_whole_and_handed_out_once() {
    let mut outbox = Outbox::default();
    let answered = MessageId::new(Uuid::from_u128(9));
    let message = SendMessage {
        reply_to: Some(answered),
        ..SendMessage::text(conversation(1), MessageBody::parse("no").unwrap())
    };
    outbox.push(client_id("a1"), message, oneshot::channel().0);
    taken(&mut outbox, 0);

    refuse(&mut outbox, 1, "a1", &Problem::new(Code::Forbidden, "no"));

    let failed = outbox.take_failed(conversation(1), &client_id("a1"));
    assert_eq!(failed.unwrap().reply_to, Some(answered));
    assert_eq!(outbox.take_failed(conversation(1), &client_id("a1")), None);
}
