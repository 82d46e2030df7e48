//! Times as people write them on a command line: `8h`, `7d`, `2026-11-21`. It reads no clock.

use chat_core::{MessageTtl, Timestamp};
use std::str::FromStr;

/// A length of time, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span(u32);

impl Span {
    /// How many seconds.
    pub(crate) fn seconds(self) -> u32 {
        self.0
    }
}

impl FromStr for Span {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        const RULE: &str = "must be a number and a unit: 90s, 30m, 8h, 7d or 4w";
        let at = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        let (count, unit) = text.split_at(at);
        let unit: u32 = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            "w" => 604_800,
            _ => return Err(RULE),
        };
        let count: u32 = count.parse().map_err(|_| RULE)?;
        count
            .checked_mul(unit)
            .map(Self)
            .ok_or("is too long; a century is enough")
    }
}

/// A moment, or so long ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Since {
    /// Then.
    Moment(Timestamp),
    /// So long before now.
    Ago(Span),
}

impl Since {
    /// The moment, as of now.
    pub(crate) fn at(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Moment(at) => at,
            Self::Ago(span) => now.plus_ms(-1_000 * i64::from(span.seconds())),
        }
    }
}

/// Reads a day, a time, or a length of time.
pub(crate) fn since(text: &str) -> Result<Since, &'static str> {
    match (text.parse(), moment(text)) {
        (Ok(span), _) => Ok(Since::Ago(span)),
        (_, Ok(at)) => Ok(Since::Moment(at)),
        _ => Err("must be a day (2026-11-21), a time (2026-11-21T09:30:00Z), or so long ago (2h)"),
    }
}

/// How long messages stay: a length of time, or `off` for ever.
pub(crate) fn message_ttl(text: &str) -> Result<MessageTtl, String> {
    let seconds = match text {
        "off" => 0,
        text => text
            .parse::<Span>()
            .map_err(|rule| format!("{rule}, or off to keep messages"))?
            .seconds(),
    };
    MessageTtl::try_from(seconds).map_err(str::to_owned)
}

/// A moment: RFC 3339, or a day, which begins at midnight in UTC.
pub(crate) fn moment(text: &str) -> Result<Timestamp, &'static str> {
    text.parse()
        .or_else(|_| format!("{text}T00:00:00Z").parse())
        .map_err(|_| "must be a day such as 2026-11-21, or a time such as 2026-11-21T09:30:00Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_number_and_a_unit() {
        for (text, seconds) in [("90s", 90), ("8h", 28_800), ("7d", 604_800), ("0s", 0)] {
            assert_eq!(text.parse(), Ok(Span(seconds)), "{text}");
        }
        for bad in ["", "8", "h", "-1h", "1 h", "1h30m", "99999999w", "８h"] {
            assert!(bad.parse::<Span>().is_err(), "{bad}");
        }
    }

    #[test]
    fn messages_stay_for_a_while_or_for_ever() {
        assert_eq!(message_ttl("off").unwrap().seconds(), None);
        assert_eq!(message_ttl("7d").unwrap().seconds(), Some(604_800));
        assert!(message_ttl("1s").is_err() && message_ttl("never").is_err());
    }

    #[test]
    fn since_is_a_moment_or_so_long_ago() {
        let now = moment("2026-11-21").unwrap();

        assert_eq!(since("2026-11-21").unwrap().at(now), now);
        let before = since("2h").unwrap().at(now);
        assert_eq!(before.to_string(), "2026-11-20T22:00:00.000Z");
        assert!(since("yesterday").is_err() && since("").is_err());
    }

    #[test]
    fn a_day_begins_at_midnight() {
        let day = moment("2026-11-21").unwrap();
        assert_eq!(day.to_string(), "2026-11-21T00:00:00.000Z");
        assert_eq!(moment("2026-11-21T00:00:00+00:00"), Ok(day));
        assert!(moment("yesterday").is_err() && moment("2026-13-01").is_err());
    }
}
