//! Usernames that the server chooses or completes: for people of an embedding program, and for accounts of before.

use crate::{
    App, Error,
    store::{self, Conn},
};
use chat_core::Username;

/// Accounts of before that are filled in with one transaction.
const FILLED_AT_ONCE: u32 = 500;
/// Numbers that are tried behind a name.
const NUMBERS: std::ops::Range<u32> = 2..10_000;

/// The wished username, or one close to it that is valid and free.
pub(super) async fn free_username(conn: &mut Conn, wished: &str) -> Result<Username, Error> {
    let wished_name = Username::parse(wished).ok();
    if let Some(name) = &wished_name
        && !store::user::is_taken(conn, name, None).await?
    {
        return Ok(name.clone());
    }
    let stems = [
        wished_name.map(|name| stem(name.as_str())),
        Some(stem(&plain(wished))),
        Some("user".to_owned()),
    ];
    for stem in stems.into_iter().flatten() {
        if let Some(name) = numbered(conn, &stem).await? {
            return Ok(name);
        }
    }
    Err(Error::Internal(
        "no free username was found for an identity".to_owned(),
    ))
}

/// The stem itself, or with a number behind it. None where no number makes it a name.
async fn numbered(conn: &mut Conn, stem: &str) -> Result<Option<Username>, Error> {
    let all = std::iter::once(stem.to_owned()).chain(NUMBERS.map(|nth| format!("{stem}{nth}")));
    let mut wrong = 0;
    for name in all {
        match Username::parse(name) {
            Ok(name) if !store::user::is_taken(conn, &name, None).await? => return Ok(Some(name)),
            Ok(_) => {}
            // A stem too short to be a name becomes one with two digits; one that takes no digits at all never does.
            Err(_) if wrong > 20 => return Ok(None),
            Err(_) => wrong += 1,
        }
    }
    Ok(None)
}

fn stem(name: &str) -> String {
    let short: String = name.chars().take(24).collect();
    short
        .trim_end_matches(|c: char| !c.is_alphanumeric())
        .to_owned()
}

/// What is left of a text that is no name in any script.
fn plain(wished: &str) -> String {
    let kept: String = wished
        .to_lowercase()
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
        .collect();
    kept.trim_matches(|c: char| !c.is_ascii_alphanumeric())
        .to_owned()
}

/// Gives accounts of before what they are found and compared by. Of two names that look alike the older account keeps
/// the look for itself; both keep their names.
pub(crate) async fn fill(app: &App) -> Result<(), Error> {
    loop {
        let filled = app
            .writer
            .run(|tx| {
                Box::pin(async move {
                    let rows = store::user::unfilled(tx, FILLED_AT_ONCE).await?;
                    for (id, username, display_name) in &rows {
                        let skeleton = Username::parse(username.as_str()).ok();
                        let skeleton = skeleton.map(|name| name.skeleton());
                        let text = store::user::search_text(username, display_name);
                        store::user::fill(tx, *id, skeleton.as_deref(), &text).await?;
                    }
                    Ok(rows.len())
                })
            })
            .await?;
        if filled < FILLED_AT_ONCE as usize {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_name_leaves_its_plain_letters() {
        assert_eq!(plain("..Ann O'Hara!"), "annohara");
        assert_eq!(plain("李"), "");
        assert_eq!(stem("ann.lee.of.the.house.of-x"), "ann.lee.of.the.house.of");
    }
}
