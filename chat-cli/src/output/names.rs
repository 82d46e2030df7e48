//! Which names `--fields` may have: those of the protocol, and those in records that only the command line has.
//!
//! They are looked at before anything is done: an answer that is told once must not be lost to a typo.

use super::choice::Field;
use crate::error::{Error, Result};
use std::collections::BTreeSet;

/// Names in records of the command line's own. docs/cli.md and docs/benchmarks.md say what they mean.
pub(super) const OWN: &[&str] = &[
    // What stands around records, and the answer to what answers nothing.
    "version",
    "items",
    "operation",
    "done",
    "ids",
    "server",
    "ready",
    // Sign-ins, settings, people who are brought in or made up, the audit log.
    "username",
    "profile",
    "current",
    "source",
    "state",
    "error",
    "key",
    "value",
    "from",
    "about",
    "display_name",
    "password",
    "line",
    "outcome",
    "id",
    "link",
    "by",
    "to",
    // Archives, tables, what was looked at.
    "part",
    "count",
    "bytes",
    "sha256",
    "left_out",
    "table",
    "rows",
    "check",
    "found",
    "advice",
    // Figures.
    "bench",
    "generator",
    "cores",
    "scenario",
    "seconds",
    "sockets",
    "conversations",
    "rate",
    "sends",
    "sends_per_s",
    "deliveries",
    "deliveries_per_s",
    "ack",
    "delivery",
    "lost",
    "doubled",
    "out_of_order",
    "skipped",
    "resyncs",
    "refused",
    "unanswered",
    "closed",
    "closing_codes",
    "connections",
    "calls",
    "calls_per_s",
    "bytes_per_s",
    "latency",
    "wrong",
    "ready_per_s",
    "failed",
    "first_failure",
    "opened_per_s",
    "held_s",
    "bytes_per_socket",
    "cpu_s",
    "generator_cpu_s",
    "rss_before_kb",
    "rss_after_kb",
    "rss_peak_kb",
    "p50_ms",
    "p90_ms",
    "p99_ms",
    "p999_ms",
    "max_ms",
    "name",
];

/// Below these stand names that somebody else chose.
const FREE: [&str; 3] = ["metadata", "closing_codes", "value"];

/// Refuses a name that no record ever has.
pub(super) fn require_known(fields: &[Field]) -> Result<()> {
    if fields.is_empty() {
        return Ok(());
    }
    let known = known();
    fields
        .iter()
        .try_for_each(|field| require_one(&field.name, &known))
}

fn known() -> BTreeSet<String> {
    let mut known = chat_server::field_names();
    known.extend(OWN.iter().map(|name| (*name).to_owned()));
    known
}

fn require_one(field: &str, known: &BTreeSet<String>) -> Result<()> {
    for part in field.split('.') {
        let is_place = part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_place && !known.contains(part) {
            let near = known.iter().filter(|name| is_near(part, name));
            let near: Vec<_> = near.map(String::as_str).collect();
            let meant = match near.is_empty() {
                true => "--output json shows all there are".to_owned(),
                false => format!("is it {}?", near.join(" or ")),
            };
            let text = format!("--fields: nothing has the field {field}; {meant}");
            return Err(Error::Usage(text));
        }
        if FREE.contains(&part) {
            return Ok(());
        }
    }
    Ok(())
}

/// Whether one letter too many, too few or wrong, or two the wrong way round, make one of the other.
fn is_near(one: &str, other: &str) -> bool {
    let (one, other): (Vec<_>, Vec<_>) = (one.chars().collect(), other.chars().collect());
    let ahead = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[ahead..], &other[ahead..]);
    let rest = |of: &[char], by: usize| of.get(by..).map(<[char]>::to_vec);
    let turned = one.len() > 1 && other.len() > 1 && one[0] == other[1] && one[1] == other[0];
    [(1, 1), (1, 0), (0, 1)].iter().any(|(a, b)| {
        let rests = (rest(one, *a), rest(other, *b));
        rests.0.is_some() && rests.0 == rests.1
    }) || (turned && one[2..] == other[2..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Choice;
    use serde_json::Value;

    /// The JSON that others rely on.
    const GOLDEN: &str = include_str!("../../../tests/stories/cli/golden/records.json");

    fn read(fields: &str) -> Result<()> {
        require_known(&Choice::read(Some(fields), None).unwrap().fields)
    }

    fn names<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    found.insert(name);
                    if !FREE.contains(&name.as_str()) {
                        names(value, found);
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| names(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_name_in_a_record_is_known() {
        let golden: serde_json::Map<String, Value> = serde_json::from_str(GOLDEN).unwrap();
        let mut all = BTreeSet::new();
        golden.values().for_each(|record| names(record, &mut all));

        assert!(all.len() > 50, "{all:?}");
        let known = known();
        for name in all {
            assert!(require_one(name, &known).is_ok(), "{name}");
        }
    }

    #[test]
    fn every_name_of_its_own_is_in_the_documents() {
        let pages = [
            include_str!("../../../docs/cli.md"),
            include_str!("../../../docs/benchmarks.md"),
        ];
        for name in OWN {
            let word = format!("`{name}`");
            assert!(pages.iter().any(|page| page.contains(&word)), "{name}");
        }
    }

    #[test]
    fn a_name_that_nothing_has_is_refused_with_the_one_that_is_meant() {
        for (typed, meant) in [
            ("tokn", "token"),
            ("id,sender.usernmae", "username"),
            ("passwrd", "password"),
            ("idd", "id"),
        ] {
            let refused = read(typed).unwrap_err();
            assert_eq!(refused.exit_code(), 2, "{typed}");
            assert!(refused.story().contains(meant), "{}", refused.story());
        }
        let far = read("nothere").unwrap_err().story();
        assert!(far.ends_with("--output json shows all there are"), "{far}");
    }

    #[test]
    fn places_in_a_list_and_what_others_have_named_are_no_mistakes() {
        for good in [
            "attachments.0.file_name",
            "metadata.moon",
            "closing_codes.4001",
        ] {
            assert!(read(good).is_ok(), "{good}");
        }
    }
}
