//! What they say: short exchanges between two or three, in the languages they have.

use super::{Dice, Enclosed, Person, Said};
use std::collections::BTreeSet;

/// Lines of an exchange, each by a speaker: 0, 1 or 2. `{…}` is filled in.
type Exchange = &'static [(usize, &'static str)];

const EXCHANGES: &[Exchange] = &[
    &[
        (0, "Anyone up for {food} {when}?"),
        (1, "Always 😄"),
        (2, "I can't before {hour}"),
        (0, "{hour} then, at {place}"),
        (1, "👍"),
    ],
    &[
        (0, "The build is green again"),
        (1, "Nice! What was it?"),
        (0, "A test that only failed {when}. Fixed in `retry.rs`"),
        (1, "Tagging v2.{n} now"),
        (2, "🎉🎉"),
    ],
    &[
        (0, "Did anybody see my keys?"),
        (1, "The ones with the {thing}?"),
        (0, "Yes!"),
        (1, "On the table at {place}"),
        (0, "You saved my day, {name}"),
    ],
    &[
        (0, "Встречаемся {n}-го?"),
        (1, "Да, в семь у входа"),
        (0, "Отлично, беру книгу с собой"),
    ],
    &[
        (0, "Πάμε για καφέ στις {hour};"),
        (1, "Ναι, σε πέντε λεπτά είμαι εκεί"),
        (2, "Κρατήστε μου μια θέση, παρακαλώ"),
    ],
    &[
        (0, "Καλημέρα! Έφτασε το δέμα;"),
        (1, "Όχι ακόμα, ίσως αύριο"),
    ],
    &[
        (0, "明日の会議は{n}時からです"),
        (1, "了解です。資料は準備できています"),
        (0, "ありがとう!"),
    ],
    &[
        (0, "今天晚上一起吃饭吗?"),
        (1, "好啊,几点?"),
        (0, "{n}点,老地方见"),
    ],
    &[
        (0, "هل وصلت الرسالة؟"),
        (1, "نعم، شكراً جزيلاً"),
        (0, "ممتاز، نلتقي غداً"),
    ],
    &[
        (0, "מתי נפגשים?"),
        (1, "בשעה {n}, ליד הכניסה"),
        (0, "מצוין"),
    ],
    &[
        (0, "¿Quién trae la música {when}?"),
        (1, "Yo, pero necesito un altavoz"),
        (2, "Tengo uno en casa, lo llevo"),
        (1, "Perfecto, gracias {name}"),
    ],
    &[
        (0, "내일 시간 있어요?"),
        (1, "네, {n}시 이후에 괜찮아요"),
        (0, "좋아요, 그때 봐요"),
    ],
    &[
        (0, "क्या तुमने रिपोर्ट भेज दी?"),
        (1, "हाँ, अभी भेजी है"),
        (0, "बहुत बढ़िया, धन्यवाद"),
    ],
    &[
        (0, "Train is {n} minutes late, start without me"),
        (1, "We'll keep you some {food}"),
        (0, "❤️"),
    ],
    &[
        (
            0,
            "How do I undo the last commit without losing the changes?",
        ),
        (1, "`git reset --soft HEAD~1`"),
        (0, "That was quick. Thanks!"),
        (1, "I do that about {n} times a day"),
    ],
    &[
        (0, "I found a {thing} near {place}. Whose is it?"),
        (1, "Not mine"),
        (2, "Could be {name}'s"),
        (0, "I'll leave it at the desk"),
    ],
    &[
        (0, "Can somebody look after the plants while I'm away?"),
        (1, "Sure. How often?"),
        (0, "Every {n} days, the {thing} twice as often"),
        (1, "No problem, leave me the key"),
    ],
    &[
        (
            0,
            "Notes from {when}:\n- {food} for {n} people\n- {name} brings the {thing}\n- meet at {place}, {hour}",
        ),
        (1, "Thank you for writing it down!"),
        (2, "+1"),
    ],
    &[
        (0, "Wer kommt {n} Minuten früher zum Aufbauen?"),
        (1, "Ich, und ich bringe {name} mit"),
        (0, "Großartig"),
    ],
    &[
        (0, "Is the projector at {place} working?"),
        (1, "It was {when}"),
        (0, "It says \"no signal\""),
        (1, "Pull the {thing} out and back in. Really."),
        (0, "…it works"),
    ],
    &[
        (0, "👩‍🚀 launch is at {hour}!"),
        (1, "Streaming it at {place}"),
        (2, "Saving seats, come early"),
    ],
    &[
        (0, "Which one should I read next?"),
        (1, "The one {name} lent you, it has been {n} weeks"),
        (0, "Fair point 😅"),
    ],
    &[
        (0, "Happy birthday, {name}! 🎂"),
        (1, "Happy birthday!!"),
        (2, "Wszystkiego najlepszego! {food} on me"),
    ],
    &[(0, "ok"), (1, "ok what?"), (0, "Wrong chat, sorry")],
];

const FOOD: &[&str] = &[
    "noodles",
    "pizza",
    "dumplings",
    "jollof",
    "falafel",
    "crêpes",
    "soup",
    "börek",
    "tacos",
];
const WHEN: &[&str] = &[
    "tonight",
    "tomorrow",
    "on Friday",
    "after work",
    "this weekend",
    "on Monday",
];
const PLACE: &[&str] = &[
    "the park",
    "the library",
    "room 12",
    "the old station",
    "Café Luna",
    "my place",
];
const THING: &[&str] = &[
    "red umbrella",
    "blue scarf",
    "charger",
    "fern",
    "green bottle",
    "guitar",
    "bicycle lamp",
];

const EMOJI: &[&str] = &["👍", "❤️", "😂", "🎉", "🙏", "😮", "👀"];

/// One exchange between some of the members, begun by any of them.
pub(super) fn exchange(
    members: &[usize],
    people: &[Person],
    dice: &mut Dice,
) -> Vec<(usize, String)> {
    let mut speakers = members.to_vec();
    dice.shuffle(&mut speakers);
    dice.pick(EXCHANGES)
        .iter()
        .map(|(speaker, line)| {
            (
                speakers[speaker % speakers.len()],
                fill(line, members, people, dice),
            )
        })
        .collect()
}

fn fill(line: &str, members: &[usize], people: &[Person], dice: &mut Dice) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('{') {
        let (word, behind) = after.split_once('}').unwrap_or((after, ""));
        text.push_str(before);
        match word {
            "food" => text += *dice.pick(FOOD),
            "when" => text += *dice.pick(WHEN),
            "place" => text += *dice.pick(PLACE),
            "thing" => text += *dice.pick(THING),
            "hour" => text.push_str(&format!("{}:{:02}", 17 + dice.below(5), 15 * dice.below(4))),
            "name" => text.push_str(people[*dice.pick(members)].display_name.as_str()),
            _ => text.push_str(&(2 + dice.below(8)).to_string()),
        }
        rest = behind;
    }
    text.push_str(rest);
    text
}

/// Gives some of what was said what belongs to it besides its text: an answer's origin, a slip that is mended, what
/// others think of it, a file. `begins` are the places where exchanges begin, `files` how many may still come.
pub(super) fn adorn(
    said: &mut Said,
    place: usize,
    begins: &BTreeSet<usize>,
    members: &[usize],
    files: &mut usize,
    dice: &mut Dice,
) {
    let is_first = begins.contains(&place);
    // The second exchange has one, so that a small conversation has one, too.
    let is_second = begins.iter().nth(1) == Some(&place);
    if is_first && *files > 0 && (is_second || dice.percent(7)) {
        *files -= 1;
        said.file = Some(Enclosed::throw(dice));
    }
    // An answer to the line above; files stand only at the beginning, and are not answered.
    let above = place.checked_sub(1).filter(|above| !begins.contains(above));
    if !is_first && dice.percent(12) {
        said.reply_to = above;
    }
    if said.file.is_none() && dice.percent(5) {
        // Said with a slip, and mended.
        if let Some(slip) = slip(&said.text, dice) {
            said.edited = Some(std::mem::replace(&mut said.text, slip));
        }
    }
    if dice.percent(9) {
        let mut others: Vec<_> = members.iter().filter(|one| **one != said.author).collect();
        others.truncate(200);
        dice.shuffle(&mut others);
        others.truncate(1 + dice.below(4));
        let first = *dice.pick(EMOJI);
        for other in others {
            let emoji = match dice.percent(60) {
                true => first,
                false => *dice.pick(EMOJI),
            };
            said.reactions.push((*other, emoji));
        }
    }
}

/// The text with two letters of a word in each other's place; none where no word is long enough for that to be seen.
fn slip(text: &str, dice: &mut Dice) -> Option<String> {
    let letters: Vec<char> = text.chars().collect();
    let is_inside = |at: &usize| {
        let around = &letters[at - 1..at + 3];
        around.iter().all(|letter| letter.is_alphabetic()) && around[1] != around[2]
    };
    let last = letters.len().checked_sub(2)?;
    let places: Vec<usize> = (1..last).filter(is_inside).collect();
    if places.is_empty() {
        return None;
    }
    let place = *dice.pick(&places);
    let mut letters = letters;
    letters.swap(place, place + 1);
    Some(letters.into_iter().collect())
}
