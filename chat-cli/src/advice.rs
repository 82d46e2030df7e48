//! What to try next where a command failed: which address was tried, as whom, and what would be right. It looks at the
//! command line and the settings of this machine, and asks nobody.

use crate::{
    cli::{Cli, Command, Global},
    cmd::health::here,
    config::ConfigArgs,
    error::Error,
    profile::{Profile, same_server},
};
use chat_core::Code;
use url::Url;

/// What of the command line an advice goes by.
#[derive(Debug)]
pub(crate) struct Advice {
    global: Global,
    /// Whether it talks to a server that the command line or a sign-in names.
    is_call: bool,
    /// Whether the command is one of those who look after the server.
    is_for_admins: bool,
}

impl Advice {
    pub(crate) fn of(cli: &Cli) -> Self {
        let command = &cli.command;
        Self {
            global: cli.global.clone(),
            is_call: !matches!(command, Command::Bench(_) | Command::Serve(_)),
            is_for_admins: matches!(
                command,
                Command::User(_) | Command::Report(_) | Command::Audit(_) | Command::Stats
            ),
        }
    }

    /// What to try, where that is known.
    pub(crate) fn on(&self, error: &Error) -> Option<String> {
        let Error::Client(failed) = error else {
            return error.hint().map(str::to_owned);
        };
        if let chat_client::Error::Network { .. } = failed
            && let Some(text) = self.unreachable(&error.story())
        {
            return Some(text);
        }
        match failed.code() {
            Code::Unauthenticated | Code::TokenExpired | Code::SessionEnded
                if self.global.token.is_some() =>
            {
                let text = "the token in CHAT_TOKEN does not hold here, and wins over any sign-in; unset it, or make \
                            another with: chat token create NAME";
                Some(text.to_owned())
            }
            Code::Forbidden if self.global.token.is_some() => {
                let text = "make one that may: chat token create NAME --scope write, or --scope admin for what admins do";
                Some(text.to_owned())
            }
            Code::Forbidden if self.is_for_admins && self.global.token.is_none() => {
                let text = "do it as an admin: with --as NAME, or on the server's machine with --socket FILE; an admin makes \
                            others with: chat user role NAME admin";
                Some(text.to_owned())
            }
            _ => error.hint().map(str::to_owned),
        }
    }

    /// Where it knocked, and where somebody may be.
    fn unreachable(&self, story: &str) -> Option<String> {
        if !self.is_call || self.global.direct.is_some() {
            return None;
        }
        if let Some(socket) = &self.global.socket {
            let name = socket.display();
            return Some(format!(
                "tried the socket {name}; does its server run, and is that its local_socket?"
            ));
        }
        let tried = self.tried()?;
        if tried.scheme() == "https" && story.contains("InvalidContentType") {
            let text =
                format!("what answers at {tried} speaks no TLS; say http:// before its name");
            return Some(text);
        }
        // Settings that are lying here say where a server of this machine is.
        let args = ConfigArgs::default();
        let is_set = args.file().is_some() || std::env::var_os("CHAT_LISTEN").is_some();
        let set = args.load().ok().filter(|_| is_set);
        let set = set.map(|settings| here(&settings.config));
        Some(match set {
            Some(set) if !same_server(&set, &tried) => format!(
                "tried {tried}; the settings of this machine are for a server at {set}: say --server {set}"
            ),
            _ => format!("tried {tried}; is the server running? start one with: chat serve"),
        })
    }

    fn tried(&self) -> Option<Url> {
        let profile = Profile::of_this_user().ok()?;
        match &self.global.profile {
            Some(_) => profile.meant(&self.global).ok().map(|(server, _)| server),
            None => profile.server(self.global.server.as_ref()).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn advice(words: &str, error: &Error) -> String {
        let mut cli = Cli::try_parse_from(words.split(' ')).unwrap();
        cli.global.token = None;
        Advice::of(&cli).on(error).unwrap_or_default()
    }

    fn refused(code: Code) -> Error {
        Error::Client(chat_core::Problem::new(code, "no").into())
    }

    #[test]
    fn the_address_that_was_tried_is_named() {
        let away = Error::Client(chat_client::Error::disconnected("refused"));

        let to = advice("chat user list --server http://127.0.0.1:1", &away);
        assert!(to.starts_with("tried http://127.0.0.1:1/"), "{to}");
        let plain =
            chat_client::Error::disconnected("received corrupt message: InvalidContentType");
        let to = advice("chat stats --server https://there", &Error::Client(plain));
        assert!(to.contains("say http://"), "{to}");
        let to = advice("chat user list --socket there", &away);
        assert!(to.starts_with("tried the socket there"), "{to}");
    }

    #[test]
    fn what_would_be_right_goes_by_who_one_is() {
        let to = advice("chat stats", &refused(Code::Forbidden));
        assert!(to.contains("--as NAME") && to.contains("--socket"), "{to}");
        assert_eq!(advice("chat profile show", &refused(Code::Forbidden)), "");
        let mut cli = Cli::try_parse_from(["chat", "user", "list"]).unwrap();
        cli.global.token = Some("rubbish".to_owned());
        let to = Advice::of(&cli).on(&refused(Code::Unauthenticated));
        assert!(to.unwrap().contains("CHAT_TOKEN"));
    }
}
