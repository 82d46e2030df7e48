//! What the server writes to people. Plain text, nothing in it that somebody else chose: a stranger who asks for a mail
//! to another's address cannot make it say anything.

use super::{Mail, Purpose};
use chat_core::{Email, Secret};
use url::Url;

/// How long a link holds, in minutes. Who makes the token makes it run out.
pub(crate) const LINK_MINUTES: i64 = 30;

/// The page of a link that confirms an address.
const VERIFY_PAGE: &str = "verify";
/// The page of a link that sets a new password.
const RESET_PAGE: &str = "reset";

/// Asks whoever reads the mail of a new address to confirm it.
pub(crate) fn verify_email(base: &Url, to: Email, token: &Secret) -> Mail {
    let (link, place) = (link(base, VERIFY_PAGE, token), place(base));
    let text = format!(
        "Hello,\n\n\
         somebody, probably you, gave this address for an account at {place}.\n\
         To confirm that it is yours, open this link within {LINK_MINUTES} minutes:\n\n\
         {link}\n\n\
         It works once. If it has run out, ask for a new one where you are signed in.\n\n\
         If it was not you, you need not do anything: without this link, the address\n\
         stays unconfirmed.\n"
    );
    Mail::new(Purpose::VerifyEmail, to, text)
}

/// Gives the way back in to somebody who forgot a password.
pub(crate) fn reset_password(base: &Url, to: Email, token: &Secret) -> Mail {
    let (link, place) = (link(base, RESET_PAGE, token), place(base));
    let text = format!(
        "Hello,\n\n\
         somebody, probably you, asked to set a new password for your account at\n\
         {place}. To do that, open this link within {LINK_MINUTES} minutes:\n\n\
         {link}\n\n\
         It works once, and afterwards all your devices have to sign in again. Do not\n\
         pass it on: whoever has it can take your account.\n\n\
         If it was not you, you need not do anything: your password stays as it is.\n"
    );
    Mail::new(Purpose::ResetPassword, to, text)
}

/// Says to the owner of an address what the person who just tried to use it is not told.
pub(crate) fn email_in_use(base: &Url, to: Email) -> Mail {
    let place = place(base);
    let text = format!(
        "Hello,\n\n\
         somebody, perhaps you, just tried to use this address for an account at\n\
         {place}. It already belongs to your account there, so nothing was\n\
         changed, and they were not told that you have one.\n\n\
         If it was you, sign in with this address. If you forgot your password, ask\n\
         for a new one where you sign in; the link you will get holds {LINK_MINUTES} minutes.\n\n\
         If it was not you, you need not do anything.\n"
    );
    Mail::new(Purpose::EmailInUse, to, text)
}

/// Tells that the password is another one now, in case it was somebody else's doing.
pub(crate) fn password_changed(base: &Url, to: Email) -> Mail {
    let place = place(base);
    let text = format!(
        "Hello,\n\n\
         the password of your account at {place} was just changed.\n\n\
         If it was you, you need not do anything.\n\n\
         If it was not you, ask for a new password at once where you sign in: the link\n\
         you will get holds {LINK_MINUTES} minutes, and using it signs out every device,\n\
         also the one of whoever did this.\n"
    );
    Mail::new(Purpose::PasswordChanged, to, text)
}

/// The link of a mail that sets a new password, for who hands it over in another way.
pub(crate) fn reset_link(base: &Url, token: &Secret) -> Url {
    link(base, RESET_PAGE, token)
}

/// A page of the chat with a token for it. The token stands in the fragment, which a browser never sends: it is in no
/// log of a server or a proxy.
fn link(base: &Url, page: &str, token: &Secret) -> Url {
    let mut link = base.clone();
    if let Ok(mut path) = link.path_segments_mut() {
        path.pop_if_empty().push(page);
    }
    link.set_query(None);
    // Said to the one person whom the token is for.
    link.set_fragment(Some(&format!("token={}", token.expose())));
    link
}

/// What people know the server by.
fn place(base: &Url) -> &str {
    base.host_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        "https://chat.example.org/team/".parse().unwrap()
    }

    fn ann() -> Email {
        Email::parse("ann@example.org").unwrap()
    }

    /// All of them, with whether there is a link in it.
    fn all() -> [(Mail, Option<&'static str>); 4] {
        let token = Secret::new("t0ken-_");
        [
            (
                verify_email(&base(), ann(), &token),
                Some("https://chat.example.org/team/verify#token=t0ken-_"),
            ),
            (
                reset_password(&base(), ann(), &token),
                Some("https://chat.example.org/team/reset#token=t0ken-_"),
            ),
            (email_in_use(&base(), ann()), None),
            (password_changed(&base(), ann()), None),
        ]
    }

    #[test]
    fn a_link_stands_alone_on_its_line_with_the_token_behind_the_hash() {
        for (mail, link) in all() {
            let links: Vec<_> = mail.text.lines().filter(|l| l.contains("://")).collect();
            assert_eq!(links, Vec::from_iter(link));
        }
    }

    #[test]
    fn every_mail_says_where_it_is_from_how_long_a_link_holds_and_what_to_do_if_it_was_not_you() {
        for (mail, _) in all() {
            for word in ["chat.example.org", "30 minutes", "If it was not you"] {
                assert!(mail.text.contains(word), "{word}: {}", mail.text);
            }
        }
    }

    #[test]
    fn every_mail_is_plain_ascii_in_short_lines() {
        for (mail, link) in all() {
            assert!(mail.text.is_ascii() && mail.purpose.subject().is_ascii());
            for line in mail.text.lines().filter(|l| Some(*l) != link) {
                assert!(line.len() <= 78, "{line}");
            }
        }
    }

    #[test]
    fn a_link_is_made_below_any_base() {
        let token = Secret::new("a b#c");

        for (base, made) in [
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000/reset"),
            (
                "https://example.org/a/b?x=1",
                "https://example.org/a/b/reset",
            ),
        ] {
            let link = link(&base.parse().unwrap(), "reset", &token);
            assert_eq!(link.as_str(), format!("{made}#token=a%20b#c"));
        }
    }

    #[test]
    fn nothing_of_a_mail_is_shown_but_what_it_is_for() {
        for (mail, _) in all() {
            let shown = format!("{mail:?}");
            assert!(
                !shown.contains("ann") && !shown.contains("t0ken"),
                "{shown}"
            );
        }
    }
}
