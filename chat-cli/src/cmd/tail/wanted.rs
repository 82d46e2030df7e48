//! Which events are printed: those of some kinds, and what one user says. Pure.

use chat_core::{Class, Event, UserId};

/// What is asked for; nothing asked for is everything.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    kinds: Vec<String>,
    from: Option<UserId>,
}

/// Reads the name of an event, or what several begin with: `message`.
pub(super) fn kind(text: &str) -> Result<String, String> {
    let mut known = Event::KINDS.iter().map(|(kind, _)| *kind);
    match known.any(|kind| is_of(kind, text)) {
        true => Ok(text.to_owned()),
        false => {
            let all: Vec<_> = Event::KINDS.iter().map(|(kind, _)| *kind).collect();
            Err(format!(
                "there is no such event; there are: {}",
                all.join(", ")
            ))
        }
    }
}

fn is_of(kind: &str, text: &str) -> bool {
    let rest = kind.strip_prefix(text);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

impl Wanted {
    pub(super) fn new(kinds: Vec<String>, from: Option<UserId>) -> Self {
        Self { kinds, from }
    }

    /// Whether something is asked for by its name that is told once and kept nowhere, or that is one's own alone.
    pub(super) fn has_passing(&self) -> bool {
        let passing = Event::KINDS
            .iter()
            .filter(|(kind, class)| *class == Class::LatestWins || *kind == "my.changed");
        let mut passing = passing.map(|(kind, _)| kind);
        passing.any(|kind| self.kinds.iter().any(|text| is_of(kind, text)))
    }

    /// Whether an event is printed.
    pub(super) fn has(&self, event: &Event) -> bool {
        let is_kind =
            self.kinds.is_empty() || self.kinds.iter().any(|text| is_of(event.kind(), text));
        is_kind && self.from.is_none_or(|user| sender(event) == Some(user))
    }
}

/// Who said it, where something was said.
fn sender(event: &Event) -> Option<UserId> {
    match event {
        Event::MessageNew(message) => Some(message.sender.id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn event(kind: &str) -> Event {
        Event::Unknown {
            kind: kind.to_owned(),
        }
    }

    #[test]
    fn a_word_is_a_kind_or_the_beginning_of_several() {
        let wanted = Wanted::new(vec!["message".to_owned(), "typing".to_owned()], None);

        let has = [
            "message.new",
            "message.edited",
            "typing",
            "messages.new",
            "member.left",
        ]
        .map(|kind| wanted.has(&event(kind)));
        assert_eq!(has, [true, true, true, false, false]);
        assert!(Wanted::default().has(&event("moon.rose")));
    }

    #[test]
    fn what_passes_is_asked_for_by_its_name() {
        let asks = |kind: &str| Wanted::new(vec![kind.to_owned()], None).has_passing();

        assert!(asks("typing") && asks("presence") && asks("my.changed"));
        assert!(!asks("message") && !Wanted::default().has_passing());
    }

    #[test]
    fn what_nobody_says_is_from_nobody() {
        let wanted = Wanted::new(Vec::new(), Some(UserId::new(Uuid::nil())));

        assert!(!wanted.has(&event("member.joined")));
    }

    #[test]
    fn only_events_that_there_are_can_be_asked_for() {
        assert!(kind("message.new").is_ok() && kind("message").is_ok());
        assert!(kind("messages").unwrap_err().contains("message.new, "));
        assert!(kind("").is_err());
    }
}
