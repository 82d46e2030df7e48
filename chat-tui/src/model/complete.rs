//! Completing a name: `@` a member, `#` a conversation, `:` an emoji.

use crate::{emoji, fuzzy};

/// Options that are offered at a time.
const OFFERED: usize = 8;

/// The names there are here.
#[derive(Debug, Default, Clone)]
pub struct Names {
    /// Whom one may name: by what, and what they are called.
    pub people: Vec<(String, String)>,
    /// Titles of conversations.
    pub conversations: Vec<String>,
}

impl Names {
    /// What a word with one of the three signs before it may become, the likeliest first.
    pub(crate) fn options(&self, word: &str) -> Vec<String> {
        let mut letters = word.chars();
        let sign = letters.next();
        let typed = letters.as_str();
        match sign {
            Some('@') if !typed.is_empty() => {
                let people = self.people.iter();
                best(
                    '@',
                    typed,
                    people.map(|(name, called)| (name, called.as_str())),
                )
            }
            Some('#') if !typed.is_empty() => best(
                '#',
                typed,
                self.conversations.iter().map(|title| (title, "")),
            ),
            Some(':') if typed.chars().count() >= 2 => emoji::named(typed)
                .take(OFFERED)
                .map(str::to_owned)
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// Names that fit, by themselves or by what somebody is called.
fn best<'a>(
    sign: char,
    typed: &str,
    names: impl Iterator<Item = (&'a String, &'a str)>,
) -> Vec<String> {
    let score = |(name, called): (&'a String, &str)| {
        let score = fuzzy::score(typed, name).max(fuzzy::score(typed, called));
        Some((score?, name))
    };
    let mut found: Vec<_> = names.filter_map(score).collect();
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let found = found.into_iter().take(OFFERED);
    found.map(|(_, name)| format!("{sign}{name}")).collect()
}

/// The word that ends at a column of a line, where it begins with one of the three signs.
pub(super) fn word_before(line: &str, column: usize) -> Option<String> {
    let before: Vec<char> = line.chars().take(column).collect();
    let begin = before
        .iter()
        .rposition(|c| c.is_whitespace())
        .map_or(0, |at| at + 1);
    let word: String = before[begin..].iter().collect();
    word.starts_with(['@', '#', ':']).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_with_a_sign_becomes_a_name() {
        let names = Names {
            people: [("joanna", "Jo"), ("ann", "ann"), ("dmitri", "Дмитрий")]
                .map(|(name, called)| (name.to_owned(), called.to_owned()))
                .into(),
            conversations: vec!["release train".into()],
        };
        assert_eq!(names.options("@an"), ["@ann", "@joanna"]);
        assert_eq!(names.options("@Дм"), ["@dmitri"]);
        assert_eq!(names.options("#rt"), ["#release train"]);
        assert_eq!(names.options(":tad"), ["🎉"]);
        for none in ["@", ":t", "an", "", "@zz"] {
            assert!(names.options(none).is_empty(), "{none:?}");
        }
    }

    #[test]
    fn the_word_is_the_one_before_the_cursor() {
        assert_eq!(word_before("hi @an there", 6).as_deref(), Some("@an"));
        assert_eq!(word_before("hi @an there", 12), None);
        assert_eq!(word_before("漢字 :ta", 6).as_deref(), Some(":ta"));
        assert_eq!(word_before("mail a@b", 8), None);
    }
}
