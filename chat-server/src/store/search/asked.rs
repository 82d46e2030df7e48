//! What is asked, in the language of each engine. Words come in quotes, so that none of them is an instruction.

use crate::store::Kind;

/// Words that must stand in a row; mostly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Phrase<'a> {
    /// With a space between each two.
    pub(crate) words: &'a str,
    /// Whether the last of them may go on.
    pub(crate) is_unfinished: bool,
}

/// All of the phrases, in one of the places; anywhere where none is named.
pub(super) fn expression(kind: Kind, phrases: &[Phrase<'_>], places: &[String]) -> String {
    let phrase: fn(&Phrase<'_>) -> String = match kind {
        Kind::Sqlite => matched,
        Kind::Postgres => queried,
    };
    let (and, or) = match kind {
        Kind::Sqlite => (" AND ", " OR "),
        Kind::Postgres => (" & ", " | "),
    };
    let mut parts: Vec<_> = phrases.iter().map(phrase).collect();
    if !places.is_empty() {
        let names = places.iter().map(|name| Phrase {
            words: name,
            is_unfinished: false,
        });
        let names: Vec<_> = names.map(|name| phrase(&name)).collect();
        parts.push(format!("({})", names.join(or)));
    }
    parts.join(and)
}

/// For FTS5.
fn matched(phrase: &Phrase<'_>) -> String {
    let end = if phrase.is_unfinished { "\"*" } else { "\"" };
    format!("\"{}{end}", phrase.words)
}

/// For a `tsquery`.
fn queried(phrase: &Phrase<'_>) -> String {
    let words: Vec<_> = phrase.words.split(' ').map(quoted).collect();
    let end = if phrase.is_unfinished { ":*" } else { "" };
    format!("({}{end})", words.join(" <-> "))
}

/// A word of a `tsquery` or `tsvector`.
pub(super) fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_engine_is_asked_in_its_language() {
        let phrase = |words, is_unfinished| Phrase {
            words,
            is_unfinished,
        };
        let phrases = [phrase("two words", false), phrase("wor", true)];
        let places = ["here".to_owned(), "there".to_owned()];

        assert_eq!(
            expression(Kind::Sqlite, &phrases, &places),
            r#""two words" AND "wor"* AND ("here" OR "there")"#
        );
        assert_eq!(
            expression(Kind::Postgres, &phrases, &places),
            "('two' <-> 'words') & ('wor':*) & (('here') | ('there'))"
        );
        assert_eq!(quoted(r"o'\"), r"'o''\\'");
    }
}
