//! The emoji that are found by a name: for reactions, and behind `:` in a draft. Any other can be pasted.

use chat_core::Emoji;

/// Names and emoji, the most used first.
pub(crate) const ALL: &[(&str, &str)] = &[
    ("thumbs up", "👍"),
    ("heart", "❤️"),
    ("joy", "😂"),
    ("tada", "🎉"),
    ("eyes", "👀"),
    ("pray", "🙏"),
    ("fire", "🔥"),
    ("smile", "😄"),
    ("thinking", "🤔"),
    ("rocket", "🚀"),
    ("check", "✅"),
    ("cross", "❌"),
    ("clap", "👏"),
    ("thumbs down", "👎"),
    ("hundred", "💯"),
    ("sob", "😭"),
    ("wave", "👋"),
    ("ok hand", "👌"),
    ("muscle", "💪"),
    ("raised hands", "🙌"),
    ("grin", "😁"),
    ("wink", "😉"),
    ("sunglasses", "😎"),
    ("heart eyes", "😍"),
    ("blush", "😊"),
    ("laughing", "😆"),
    ("sweat smile", "😅"),
    ("upside down", "🙃"),
    ("neutral", "😐"),
    ("sad", "😢"),
    ("angry", "😠"),
    ("scream", "😱"),
    ("sleeping", "😴"),
    ("sick", "🤒"),
    ("facepalm", "🤦"),
    ("shrug", "🤷"),
    ("party", "🥳"),
    ("mind blown", "🤯"),
    ("melting", "🫠"),
    ("salute", "🫡"),
    ("nerd", "🤓"),
    ("robot", "🤖"),
    ("ghost", "👻"),
    ("skull", "💀"),
    ("poop", "💩"),
    ("point up", "☝️"),
    ("point right", "👉"),
    ("point left", "👈"),
    ("handshake", "🤝"),
    ("writing", "✍️"),
    ("brain", "🧠"),
    ("broken heart", "💔"),
    ("sparkles", "✨"),
    ("star", "⭐"),
    ("zap", "⚡"),
    ("sun", "☀️"),
    ("cloud", "☁️"),
    ("rain", "🌧️"),
    ("snow", "❄️"),
    ("rainbow", "🌈"),
    ("coffee", "☕"),
    ("beer", "🍺"),
    ("pizza", "🍕"),
    ("cake", "🎂"),
    ("apple", "🍎"),
    ("cat", "🐱"),
    ("dog", "🐶"),
    ("bug", "🐛"),
    ("snail", "🐌"),
    ("whale", "🐳"),
    ("tree", "🌳"),
    ("flower", "🌸"),
    ("soccer", "⚽"),
    ("trophy", "🏆"),
    ("medal", "🏅"),
    ("bell", "🔔"),
    ("lock", "🔒"),
    ("key", "🔑"),
    ("link", "🔗"),
    ("pin", "📌"),
    ("calendar", "📅"),
    ("clock", "⏰"),
    ("hourglass", "⏳"),
    ("mail", "📧"),
    ("phone", "📞"),
    ("computer", "💻"),
    ("hammer", "🔨"),
    ("wrench", "🔧"),
    ("package", "📦"),
    ("memo", "📝"),
    ("book", "📖"),
    ("bulb", "💡"),
    ("warning", "⚠️"),
    ("stop", "🛑"),
    ("question", "❓"),
    ("exclamation", "❗"),
    ("plus", "➕"),
    ("minus", "➖"),
    ("up", "⬆️"),
    ("down", "⬇️"),
    ("recycle", "♻️"),
    ("money", "💰"),
    ("gift", "🎁"),
    ("music", "🎵"),
    ("camera", "📷"),
    ("house", "🏠"),
    ("car", "🚗"),
    ("plane", "✈️"),
    ("ship", "🚢"),
    ("world", "🌍"),
];

/// The emoji whose names begin with what was typed, and then those that have it elsewhere.
pub(crate) fn named(typed: &str) -> impl Iterator<Item = &'static str> {
    let typed = typed.replace('_', " ").to_lowercase();
    let begins = typed.clone();
    let first = ALL
        .iter()
        .filter(move |(name, _)| name.starts_with(&begins));
    let other = ALL
        .iter()
        .filter(move |(name, _)| name.contains(&typed) && !name.starts_with(&typed));
    first.chain(other).map(|(_, emoji)| *emoji)
}

/// An emoji, by itself or by its name between colons.
pub(crate) fn parse(typed: &str) -> Result<Emoji, String> {
    let name = typed
        .strip_prefix(':')
        .and_then(|name| name.strip_suffix(':'));
    let named = ALL.iter().find(|(known, _)| Some(*known) == name);
    let emoji = named.map_or(typed, |(_, emoji)| *emoji);
    Emoji::parse(emoji).map_err(|rule| format!("the reaction {rule}, or its name such as :tada:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_an_emoji_that_the_server_takes_and_has_its_own_name() {
        for (at, (name, emoji)) in ALL.iter().enumerate() {
            let spelled = chat_core::Emoji::parse(*emoji);
            assert_eq!(spelled.as_ref().map(|e| e.as_str()), Ok(*emoji), "{name}");
            assert!(
                ALL[..at]
                    .iter()
                    .all(|(other, known)| other != name && known != emoji),
                "{name}"
            );
        }
    }

    #[test]
    fn the_beginning_of_a_name_comes_first() {
        let found: Vec<_> = named("thumbs_").collect();
        assert_eq!(found, ["👍", "👎"]);
        assert_eq!(named("heart").next(), Some("❤️"));
        assert_eq!(named("nothing like it").next(), None);
    }
}
