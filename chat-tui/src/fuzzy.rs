//! How well a text fits what somebody typed of it: letters in their order, better where words begin and where they follow
//! each other. Small on purpose: a list of some thousand names needs no index.

/// How well a text fits; higher is better, nothing when it does not. Every word must fit by itself; nothing typed fits all.
pub(crate) fn score(typed: &str, text: &str) -> Option<u32> {
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let mut total = 0;
    for word in typed.to_lowercase().split_whitespace() {
        let word: Vec<char> = word.chars().collect();
        let starts = (0..text.len()).filter(|at| text[*at] == word[0]);
        total += starts.filter_map(|at| from(&word, &text, at)).max()?;
    }
    Some(total)
}

/// The same for a word that begins at this letter.
fn from(word: &[char], text: &[char], begin: usize) -> Option<u32> {
    let begins_word = |at: usize| at == 0 || !text[at - 1].is_alphanumeric();
    let (mut score, mut before) = (0, None::<usize>);
    let mut at = begin;
    for letter in word {
        let found = at + text[at..].iter().position(|known| known == letter)?;
        score += match before {
            Some(before) if found == before + 1 => 8,
            _ if begins_word(found) => 6,
            _ => 1,
        };
        before = Some(found);
        at = found + 1;
    }
    // The earlier it is, the likelier it is what is meant.
    let early = u32::from(begin == 0) * 4;
    Some(score + early)
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
}
