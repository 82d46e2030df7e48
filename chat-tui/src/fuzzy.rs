//! How well a text fits what somebody typed of it: a whole word best, then how a word begins, then a part of one, then
//! letters in their order. Small on purpose: a list of some thousand names needs no index.

/// A whole word, how one begins, a part of one, the first letters of several, letters here and there.
const WHOLE: u32 = 100;
const BEGINS: u32 = 80;
const PART: u32 = 50;
const INITIALS: u32 = 40;
const SCATTERED: u32 = 10;
/// Fewer letters than this are no part of a word, and are not looked for here and there.
const FEW: usize = 3;

/// How well a text fits; higher is better, nothing when it does not. Every word must fit by itself; nothing typed fits all.
pub(crate) fn score(typed: &str, text: &str) -> Option<u32> {
    each(typed, text, |word, text| {
        whole(word, text, 1).or_else(|| in_order(word, text))
    })
}

/// The same where letters here and there are no fit: for sentences, in which any letters are.
pub(crate) fn words(typed: &str, text: &str) -> Option<u32> {
    each(typed, text, |word, text| whole(word, text, FEW))
}

fn each(typed: &str, text: &str, fit: impl Fn(&[char], &[char]) -> Option<u32>) -> Option<u32> {
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let typed = typed.to_lowercase();
    let word = |word: &str| fit(&word.chars().collect::<Vec<_>>(), &text);
    typed.split_whitespace().map(word).sum()
}

fn begins_word(text: &[char], at: usize) -> bool {
    at == 0 || !text[at - 1].is_alphanumeric()
}

/// The letters together, the better the nearer to a whole word. Inside of one there must be some of them.
fn whole(word: &[char], text: &[char], least: usize) -> Option<u32> {
    let places = text
        .windows(word.len())
        .enumerate()
        .filter(|(_, letters)| *letters == word);
    let fits = places.filter_map(|(at, _)| {
        let end = at + word.len();
        let ends_word = text.get(end).is_none_or(|c| !c.is_alphanumeric());
        let score = match (begins_word(text, at), ends_word) {
            (true, true) => WHOLE,
            (true, false) => BEGINS,
            _ if word.len() >= least => PART,
            _ => return None,
        };
        // The earlier it is, the likelier it is what is meant.
        Some(score + u32::from(at == 0) * 4)
    });
    fits.max()
}

/// The letters in their order, from the beginning of a word on: each goes on where the one before was, or begins a word.
fn in_order(word: &[char], text: &[char]) -> Option<u32> {
    let starts = (0..text.len()).filter(|at| text[*at] == word[0] && begins_word(text, *at));
    starts.filter_map(|at| from(word, text, at)).max()
}

fn from(word: &[char], text: &[char], begin: usize) -> Option<u32> {
    let (mut initials, mut at) = (0, begin);
    for letter in word {
        let found = at + text[at..].iter().position(|known| known == letter)?;
        initials += usize::from(begins_word(text, found));
        at = found + 1;
    }
    match (initials == word.len(), word.len() >= FEW) {
        (true, _) => Some(INITIALS),
        (false, true) => Some(SCATTERED),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_in_their_order_fit() {
        assert!(score("rlt", "release train").is_some());
        assert!(score("train rel", "Release Train").is_some());
        assert!(score("жук", "Большой Жук").is_some());
        assert_eq!(score("tlr", "release train"), None);
        assert_eq!(score("x", ""), None);
        assert_eq!(score(" ", "anything"), Some(0));
    }

    #[test]
    fn what_is_written_as_it_is_fits_better_than_letters_here_and_there() {
        let best = |typed: &str, texts: &[&'static str]| {
            let mut texts = texts.to_vec();
            texts.sort_by_key(|text| std::cmp::Reverse(score(typed, text)));
            texts[0]
        };
        assert_eq!(best("ran", &["relation", "random"]), "random");
        assert_eq!(best("rt", &["garret", "release train"]), "release train");
        assert_eq!(best("ann", &["joanna", "ann"]), "ann");
    }

    #[test]
    fn two_letters_here_and_there_are_no_fit_and_in_a_sentence_no_number_of_them_is() {
        assert_eq!(score("rn", "release train"), None);
        assert_eq!(words("react", "go to the next unread conversation"), None);
        assert_eq!(words("upload", "scroll up, loading older messages"), None);
        assert!(words("load", "scroll up, loading older messages").is_some());
        assert_eq!(words("in", "beginning"), None);
    }
}
