//! `chat serve --demo`: people who have talked to each other, in a database that is thrown away at the end.

use crate::{
    cmd::seed::PASSWORD,
    error::{Error, Result},
    output::{self, Output},
    progress,
    seed::{Plan, Size, database::Database},
};
use chat_core::NewPassword;
use chat_server::ChatServer;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use tempfile::TempDir;

const SIZE: Size = Size {
    users: 6,
    messages: 160,
    conversations: 6,
    days: 14,
    seed: 1,
};

/// The people, and where their database is until this is dropped.
pub(super) struct Demo {
    dir: TempDir,
    plan: Plan,
}

impl Demo {
    pub(super) fn new() -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("chat-demo-").tempdir();
        let dir = dir
            .map_err(|error| Error::io("cannot make a temporary directory for the demo", error))?;
        Ok(Self {
            dir,
            plan: Plan::new(SIZE),
        })
    }

    /// The database, as a setting.
    pub(super) fn database(&self) -> String {
        format!("sqlite://{}", self.dir.path().join("demo.db").display())
    }

    /// Lets everybody come in and talk.
    pub(super) async fn fill(&self, server: &ChatServer, out: &Output) -> Result<()> {
        let password = NewPassword::try_from(PASSWORD.to_owned())
            .map_err(|rule| Error::Failed(format!("the demo password {rule}")))?;
        let bar = progress::bar(out, "demo", self.plan.steps());
        let mut stage =
            Database::new(server.host(), password, output::now(), SIZE.days).with_admin();
        let played = self.plan.play(&mut stage, &bar).await;
        bar.finish_and_clear();
        played
    }

    /// Who is there, and how to come in.
    pub(super) fn invitation(&self, scheme: &str, address: SocketAddr) -> String {
        let local = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port());
        let address = if address.ip().is_unspecified() {
            local
        } else {
            address
        };
        let names = self.plan.people.iter();
        let people: Vec<_> = names
            .enumerate()
            .map(|(nth, person)| {
                let role = if nth == 0 { ", who is an admin" } else { "" };
                let (user, name) = (person.username.as_str(), &person.display_name);
                format!("  {user:<10} {name}{role}")
            })
            .collect();
        let first = self
            .plan
            .people
            .first()
            .map_or("ann", |person| person.username.as_str());
        format!(
            "\nA demo: everything in it is gone when this ends. The password of everybody is: {PASSWORD}\n\n{}\n\n\
             Open it in a terminal:\n  chat-tui --server {scheme}://{address} --user {first}\n\
             or, from a checkout:\n  cargo run --release -p chat-tui -- --server {scheme}://{address} --user {first}\n\
             or sign in for scripts:\n  chat auth login {first} --server {scheme}://{address}\n\n",
            people.join("\n"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_invitation_names_everybody_and_an_address_one_can_open() {
        let text = Demo::new()
            .unwrap()
            .invitation("http", SocketAddr::from(([0, 0, 0, 0], 8000)));

        assert!(
            text.contains("--server http://127.0.0.1:8000 --user ann"),
            "{text}"
        );
        assert!(text.contains("Ann Lee, who is an admin"), "{text}");
        assert!(text.contains("dmitri     Дмитрий Орлов"), "{text}");
        assert!(text.contains(PASSWORD), "{text}");
    }

    #[test]
    fn the_demo_leaves_nothing_behind() {
        let demo = Demo::new().unwrap();
        let path = demo.dir.path().to_owned();
        assert!(path.exists());

        drop(demo);

        assert!(!path.exists());
    }
}
