//! Terminals without bracketed paste give a paste as keys: then every line of it would be sent by itself. Keys that come
//! faster than anybody types, with lines among them, are taken as one paste. What is typed ahead of a slow program in a
//! line or two stays what it is.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use std::time::{Duration, Instant};

/// So many keys that are there at once are no typing.
const PASTED: usize = 32;
/// What comes this soon after a paste belongs to it.
const GOES_ON: Duration = Duration::from_millis(50);

/// Finds pastes among keys.
#[derive(Debug, Default)]
pub(super) struct Burst {
    until: Option<Instant>,
}

impl Burst {
    /// Takes what was there at once, and gives a paste in its place where it is one.
    pub(super) fn take(&mut self, events: Vec<Event>, now: Instant) -> Vec<Event> {
        let goes_on = self.until.is_some_and(|until| now < until);
        match text(&events).filter(|text| goes_on || is_pasted(text)) {
            Some(text) => {
                self.until = Some(now + GOES_ON);
                vec![Event::Paste(text)]
            }
            None => events,
        }
    }
}

/// What the keys write; nothing when there is another among them.
fn text(events: &[Event]) -> Option<String> {
    let text: Option<String> = events.iter().map(letter).collect();
    text.filter(|text| !text.is_empty())
}

fn letter(event: &Event) -> Option<char> {
    let Event::Key(KeyEvent {
        code,
        modifiers,
        kind: KeyEventKind::Press,
        ..
    }) = event
    else {
        return None;
    };
    match (code, *modifiers - KeyModifiers::SHIFT) {
        (KeyCode::Char('j'), KeyModifiers::CONTROL) => Some('\n'),
        (_, modifiers) if !modifiers.is_empty() => None,
        (KeyCode::Char(c), _) => Some(*c),
        (KeyCode::Enter, _) => Some('\n'),
        (KeyCode::Tab, _) => Some('\t'),
        _ => None,
    }
}

fn is_pasted(text: &str) -> bool {
    text.chars().count() >= PASTED && text.trim().contains('\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<Event> {
        let code = |c| match c {
            '\n' => KeyCode::Enter,
            c => KeyCode::Char(c),
        };
        let key = |c| Event::Key(KeyEvent::new(code(c), KeyModifiers::NONE));
        text.chars().map(key).collect()
    }

    #[test]
    fn many_lines_at_once_are_a_paste_and_what_follows_at_once_belongs_to_it() {
        let (mut burst, now) = (Burst::default(), Instant::now());
        let lines = "first line\nsecond line\nthird line of it\n";
        let pasted = |text: &str| vec![Event::Paste(text.to_owned())];

        assert_eq!(burst.take(keys(lines), now), pasted(lines));
        assert_eq!(burst.take(keys("end\n"), now), pasted("end\n"));
        let later = now + GOES_ON * 2;
        assert_eq!(burst.take(keys("ok\n"), later), keys("ok\n"));
    }

    #[test]
    fn what_is_typed_stays_keys() {
        let long = "one long line that was typed ahead of a slow program\n";
        let mut with_escape = keys("a line before it\nand a line behind it, all at once");
        with_escape.push(Event::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE)));
        for typed in [keys("hi\nho\n"), keys(long), with_escape, Vec::new()] {
            let mut burst = Burst::default();
            assert_eq!(burst.take(typed.clone(), Instant::now()), typed);
        }
    }
}
