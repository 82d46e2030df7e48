//! What is asked for: words, all of which must be there. Nothing in a question is an instruction to the index: it only
//! ever sees words, each in quotes.
//!
//! Ranking is BM25's: words said often in a short text weigh most. How rare a word is elsewhere counts nothing, because
//! every hit has all the words; so nobody learns from the order what strangers write about.

use super::words::{Words, is_sign};
use crate::store::search::Phrase;
use chat_core::Highlight;

/// Words in a question.
const TERMS_MOST: usize = 8;
/// How fast another mention of a word counts less, and how much the length of a text counts.
const SATURATION: f64 = 1.2;
const LENGTH_WEIGHT: f64 = 0.75;
/// A message of usual length, in words. A constant, so that pages of one search agree.
const USUAL_LENGTH: f64 = 12.0;
/// A word that only begins as asked, against one that is as asked.
const BEGUN_WEIGHT: f64 = 0.5;
/// Steps of the grade: texts within a quarter are as good as each other, and the newest comes first.
const STEPS: f64 = 4.0;

/// A question.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Query {
    terms: Vec<Term>,
}

/// Words that must stand in a row; mostly one.
#[derive(Debug, PartialEq, Eq)]
struct Term {
    words: Words,
    /// Whether the last of them may go on.
    is_unfinished: bool,
}

/// How good a text is, and why.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) grade: u32,
    pub(crate) highlights: Vec<Highlight>,
}

impl Query {
    /// Reads a question.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut terms = Vec::new();
        let is_quote = |c| matches!(c, '"' | '“' | '”' | '„');
        let mut parts = text.split(is_quote).enumerate().peekable();
        while let Some((nth, part)) = parts.next() {
            let is_last = parts.peek().is_none();
            let mut add = |chunk: &str, is_unfinished: bool| {
                let words = Words::of(chunk);
                if words.len() > 0 {
                    let is_unfinished = is_unfinished && may_go_on(&words);
                    terms.push(Term {
                        words,
                        is_unfinished,
                    });
                }
            };
            if nth % 2 == 1 {
                // A quotation that is still being typed.
                add(part, is_last);
                continue;
            }
            let mut chunks = part.split_whitespace().peekable();
            while let Some(chunk) = chunks.next() {
                add(chunk, is_last && chunks.peek().is_none());
            }
        }
        match terms.len() {
            0 => Err("must have a word in it: letters, digits or emoji"),
            1..=TERMS_MOST => Ok(Self { terms }),
            _ => Err("must be at most 8 words or quoted phrases"),
        }
    }

    /// What the index is asked for: all of these.
    pub(crate) fn phrases(&self) -> Vec<Phrase<'_>> {
        let terms = self.terms.iter();
        let phrases = terms.map(|term| Phrase {
            words: term.words.text(),
            is_unfinished: term.is_unfinished,
        });
        phrases.collect()
    }

    /// Looks for the words in a text; none where one of them is missing.
    pub(crate) fn find(&self, text: &str) -> Option<Found> {
        let words = Words::of(text);
        let length = words.len() as f64 / USUAL_LENGTH;
        let mut score = 0.0;
        let mut highlights = Vec::new();
        for term in &self.terms {
            let count = term.words.len();
            let mut said = 0.0;
            for first in 0..(words.len() + 1).saturating_sub(count) {
                if let Some(weight) = term.stands_at(&words, first) {
                    said += weight;
                    highlights.extend(words.stretch(first, count));
                }
            }
            if said == 0.0 {
                return None;
            }
            let long = 1.0 - LENGTH_WEIGHT + LENGTH_WEIGHT * length;
            score += said * (SATURATION + 1.0) / (said + SATURATION * long);
        }
        Some(Found {
            grade: (score * STEPS).round() as u32,
            highlights: merge(highlights),
        })
    }
}

impl Term {
    /// How much it counts that the words stand at this place; none where they do not.
    fn stands_at(&self, words: &Words, first: usize) -> Option<f64> {
        let last = self.words.len() - 1;
        for place in 0..last {
            if words.word(first + place) != self.words.word(place) {
                return None;
            }
        }
        let (there, asked) = (words.word(first + last)?, self.words.word(last)?);
        match there == asked {
            true => Some(1.0),
            false => (self.is_unfinished && there.starts_with(asked)).then_some(BEGUN_WEIGHT),
        }
    }
}

/// One letter begins too many words to look for them all.
fn may_go_on(words: &Words) -> bool {
    let mut last = words.word(words.len() - 1).unwrap_or_default().chars();
    match (last.next(), last.next()) {
        (Some(only), None) => is_sign(only),
        _ => true,
    }
}

fn merge(mut highlights: Vec<Highlight>) -> Vec<Highlight> {
    highlights.sort_unstable_by_key(|stretch| (stretch.start, stretch.end));
    let mut merged: Vec<Highlight> = Vec::with_capacity(highlights.len());
    for stretch in highlights {
        match merged.last_mut() {
            Some(last) if stretch.start <= last.end => last.end = last.end.max(stretch.end),
            _ => merged.push(stretch),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn expression(text: &str) -> Result<String, &'static str> {
        let query = Query::parse(text)?;
        let phrases = query.phrases().into_iter().map(|phrase| {
            let end = if phrase.is_unfinished { "*" } else { "" };
            format!("\"{}\"{end}", phrase.words)
        });
        Ok(phrases.collect::<Vec<_>>().join(" AND "))
    }

    #[test]
    fn a_question_is_words_and_nothing_else() {
        for (text, asked) in [
            ("Hello wor", r#""hello" AND "wor"*"#),
            (r#""two words" x"#, r#""two words" AND "x""#),
            (r#"a "still typ"#, r#""a" AND "still typ"*"#),
            (r#""done""#, r#""done""#),
            ("“Smart quotes” ok", r#""smart quotes" AND "ok"*"#),
            (
                "NEAR(a b) OR c* -d",
                r#""near a" AND "b" AND "or" AND "c" AND "d""#,
            ),
            ("user@mail.org", r#""user mail org"*"#),
            ("北京", r#""北 京"*"#),
        ] {
            assert_eq!(expression(text).as_deref(), Ok(asked), "{text}");
        }
        assert!(expression("\"*-\"").unwrap_err().contains("word"));
        assert!(expression("a b c d e f g h i").unwrap_err().contains('8'));
    }

    #[test]
    fn what_was_found_is_marked() {
        let found = |asked: &str, text: &str| {
            let found = Query::parse(asked).unwrap().find(text)?;
            let marked = found.highlights.iter().map(|h| (h.start, h.end));
            Some(marked.collect::<Vec<_>>())
        };

        assert_eq!(
            found("caf", "Ein Café, zwei Cafés"),
            Some(vec![(4, 8), (15, 20)])
        );
        assert_eq!(found("北京", "我在北京，北 京"), Some(vec![(2, 4), (5, 8)]));
        assert_eq!(found("京北", "我在北京"), None);
        assert_eq!(found("\"a b\" b", "a b c b"), Some(vec![(0, 3), (6, 7)]));
        assert_eq!(found("one two", "one"), None);
    }

    #[test]
    fn more_of_it_in_less_text_is_better() {
        let query = Query::parse("tea").unwrap();
        let grade = |text: &str| query.find(text).unwrap().grade;
        let long = format!("tea {}", "and more ".repeat(30));

        assert!(grade("tea tea tea") > grade("tea"));
        assert!(grade("tea") > grade("teacup"));
        assert!(grade("tea") > grade(&long));
        assert_eq!(grade("tea for two"), grade("two for tea"));
    }

    proptest! {
        #[test]
        fn whatever_is_asked_of_whatever_marks_lie_within_the_text(asked in "(?s).{0,30}|[a-c\" *]{0,20}", text in "(?s).{0,60}|[a-c ]{0,60}") {
            let Ok(query) = Query::parse(&asked) else { return Ok(()) };
            prop_assert!(query.phrases().iter().all(|phrase| !phrase.words.contains('"')));
            let Some(found) = query.find(&text) else { return Ok(()) };
            let length = text.chars().count() as u32;
            prop_assert!(!found.highlights.is_empty());
            prop_assert!(found.highlights.iter().all(|h| h.start < h.end && h.end <= length));
            prop_assert!(found.highlights.windows(2).all(|two| two[0].end < two[1].start));
        }

        #[test]
        fn a_text_is_found_by_itself(text in "\\PC{1,30}") {
            let Ok(query) = Query::parse(&text) else { return Ok(()) };
            prop_assert!(query.find(&text).is_some() || text.contains(['"', '“', '”', '„']));
        }
    }
}
