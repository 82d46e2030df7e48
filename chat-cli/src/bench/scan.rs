//! What a frame is, found by searching. A generator that parsed every frame would measure itself.

/// The part of a frame that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frame<'a> {
    /// A send was acknowledged.
    Ack { id: u64, seq: u64 },
    /// A call was refused.
    Refused {
        id: u64,
        code: &'a str,
        retry_after_ms: u64,
    },
    /// A place in the log of the conversation; with the time it was said, where it is a message of this generator.
    Logged {
        seq: u64,
        said_us: Option<u64>,
        by: Option<u64>,
    },
    /// The first frame.
    Ready,
    /// The queue of this socket was let go.
    Resync,
    /// Nothing that is counted.
    Other,
}

/// Looks at a frame.
pub(super) fn frame(text: &str) -> Frame<'_> {
    if let Some(rest) = text.strip_prefix("{\"id\":") {
        let id = digits(rest).unwrap_or_default();
        return match after(text, "\"ok\":").and_then(|ok| number(ok, "\"seq\":")) {
            Some(seq) => Frame::Ack { id, seq },
            None => Frame::Refused {
                id,
                code: after(text, "\"code\":\"")
                    .and_then(|rest| rest.split('"').next())
                    .unwrap_or_default(),
                retry_after_ms: number(text, "\"retry_after_ms\":").unwrap_or_default(),
            },
        };
    }
    if text.starts_with("{\"type\":\"ready\"") {
        return Frame::Ready;
    }
    if text.starts_with("{\"type\":\"resync\"") {
        return Frame::Resync;
    }
    // The place stands before the data, which may have places of its own (read marks, snapshots).
    let (head, data) = text.split_once("\"data\":").unwrap_or((text, ""));
    match number(head, "\"seq\":") {
        Some(seq) => {
            let stamp = after(data, "\"content\":\"~");
            let said_us = stamp.and_then(digits);
            let by = stamp.and_then(|stamp| number(stamp, " #"));
            Frame::Logged { seq, said_us, by }
        }
        None => Frame::Other,
    }
}

/// What is said: the time and the speaker, and something to make it as long as people's messages.
pub(super) fn content(said_us: u64, by: u64) -> String {
    // No `@`: that could name somebody, who would be looked up.
    format!("~{said_us} #{by} the quick brown fox jumps over the lazy dog")
}

fn after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    text.find(mark).map(|at| &text[at + mark.len()..])
}

fn number(text: &str, mark: &str) -> Option<u64> {
    after(text, mark).and_then(digits)
}

fn digits(text: &str) -> Option<u64> {
    let end = text
        .bytes()
        .position(|b| !b.is_ascii_digit())
        .unwrap_or(text.len());
    text[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chat_core::{
        Code, Envelope, Event, Mark, MessageDeleted, Place, Problem, Seq, ServerFrame, Timestamp,
        UserId,
    };
    use serde_json::json;
    use uuid::Uuid;

    fn envelope(place: Place, event: Event) -> String {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        ServerFrame::encode_event(&Envelope {
            conversation_id: Some(id),
            place,
            at: Some(Timestamp::from_ms(5)),
            event,
        })
    }

    #[test]
    fn a_message_as_the_server_writes_it_is_found() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        let message = serde_json::from_value(json!({
            "id": id, "conversation_id": id, "seq": 42, "client_id": "n1", "content": content(1234, 7),
            "created_at": "2026-11-21T09:30:12.000Z",
            "sender": {"id": id, "username": "ann", "display_name": "Ann"},
        }))
        .unwrap();
        let text = envelope(
            Place::Log(Seq::try_from(42).unwrap()),
            Event::MessageNew(message),
        );

        assert_eq!(
            frame(&text),
            Frame::Logged {
                seq: 42,
                said_us: Some(1234),
                by: Some(7)
            }
        );
    }

    #[test]
    fn an_acknowledgement_and_a_refusal_are_found() {
        let ok = r#"{"id":7,"ok":{"created_at":"x","duplicate":false,"message_id":"y","seq":42}}"#;
        let refused =
            ServerFrame::encode_reply(8, Err(Problem::new(Code::RateLimited, "slow").after_ms(90)));

        assert_eq!(frame(ok), Frame::Ack { id: 7, seq: 42 });
        assert_eq!(
            frame(&refused),
            Frame::Refused {
                id: 8,
                code: "rate_limited",
                retry_after_ms: 90
            }
        );
    }

    #[test]
    fn marks_are_no_places_and_other_events_are() {
        let seq = Seq::try_from(9).unwrap();
        let user_id = UserId::new(Uuid::nil());
        let read = envelope(
            Place::Nowhere,
            Event::Read(Mark {
                user_id,
                read_seq: seq,
                delivered_seq: seq,
            }),
        );
        let gone = MessageDeleted {
            id: chat_core::MessageId::new(Uuid::nil()),
            deleted_at: Timestamp::from_ms(0),
            deleted_by: Some(user_id),
        };
        let deleted = envelope(Place::Log(seq), Event::MessageDeleted(gone));

        assert_eq!(frame(&read), Frame::Other);
        assert_eq!(
            frame(&deleted),
            Frame::Logged {
                seq: 9,
                said_us: None,
                by: None
            }
        );
        assert_eq!(frame(r#"{"type":"resync","data":{}}"#), Frame::Resync);
    }
}
