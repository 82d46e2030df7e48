//! `chat user create`: an account, straight in the database or over the network.

use crate::{
    cli::{Global, by_rule},
    cmd::{auth::in_background, export::Place},
    error::{Error, Result},
    output::{Output, Record, note_done},
    profile,
    prompt::{self, Ask},
};
use chat_core::{
    Code, CreateAccount, DisplayName, Email, Me, NewPassword, Secret, UserRole, Username,
};
use chat_server::{ChatServer, Config, NewUser};
use clap::Args;
use rand::RngExt;
use serde::Serialize;
use std::path::PathBuf;

/// What `chat user create` takes.
#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// The username
    #[arg(value_parser = by_rule::<Username>)]
    name: Username,
    /// Over the network, as an admin who is signed in, instead of straight in the database; so are --server, --profile and
    /// --socket
    #[arg(long, conflicts_with_all = ["config", "database", "settings"])]
    remote: bool,
    /// Give the account the role of an admin
    #[arg(long)]
    admin: bool,
    /// Where mail goes
    #[arg(long, value_parser = by_rule::<Email>)]
    email: Option<Email>,
    /// The name people see [default: the username]
    #[arg(long, value_name = "NAME", value_parser = by_rule::<DisplayName>)]
    display_name: Option<DisplayName>,
    /// Read the password from the first line of this file (- for standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["generate_password", "no_password"])]
    password_file: Option<PathBuf>,
    /// Make up a password, and print it
    #[arg(long)]
    generate_password: bool,
    /// Without a password: the owner sets it by the link of `chat user reset-password`
    #[arg(long, conflicts_with = "generate_password")]
    no_password: bool,
    /// A program speaks through it; only over the network
    #[arg(long)]
    bot: bool,
    #[command(flatten)]
    place: Place,
}

/// What was made. The password is in it only where it was made up here.
#[derive(Debug, Serialize)]
struct Made {
    #[serde(flatten)]
    me: Me,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<Secret>,
}

impl Record for Made {
    const COLUMNS: &'static [&'static str] = &["id", "user", "name", "role", "password"];

    fn id(&self) -> String {
        self.me.user.id.to_string()
    }

    fn cells(&self) -> Vec<String> {
        let role = match self.me.role {
            UserRole::Admin => "admin",
            UserRole::User => "user",
            UserRole::Unknown => "unknown",
        };
        let password = match &self.password {
            // Asked for with --generate-password: it is shown nowhere else.
            Some(password) => password.expose(),
            None => "",
        };
        let user = &self.me.user;
        vec![
            user.id.to_string(),
            user.username.clone(),
            user.display_name.clone(),
            role.to_owned(),
            password.to_owned(),
        ]
    }
}

impl CreateArgs {
    /// Takes the database of `--direct`: the way that this goes without a server anyhow.
    pub(crate) fn go_straight(&mut self, database: String) -> Result<()> {
        let is_named = self.place.database.is_some() && !database.is_empty();
        if self.remote || is_named {
            let text = "--direct is straight on one database; leave out --remote and --database";
            return Err(Error::Usage(text.to_owned()));
        }
        self.place.database = self
            .place
            .database
            .take()
            .or(Some(database).filter(|name| !name.is_empty()));
        Ok(())
    }

    /// Whether a server is asked to make it: whoever names one means that one.
    fn is_remote(&self, global: &Global) -> Result<bool> {
        let config = &self.place;
        let is_here = config.names_a_database();
        if global.is_placed && is_here {
            let text =
                "the server that is named has its own database; leave out --database and --set";
            return Err(Error::Usage(text.to_owned()));
        }
        // From the environment.
        let is_set = config.config.is_some() || std::env::var_os("CHAT_DATABASE").is_some();
        let is_named = (global.server.is_some() || global.profile.is_some()) && !is_set;
        let is_around = (is_named || global.socket.is_some()) && !is_here;
        Ok(self.remote || global.is_placed || is_around)
    }
}

/// Makes it.
pub(super) async fn run(mut args: CreateArgs, global: &Global, out: Output) -> Result<()> {
    let is_remote = args.is_remote(global)?;
    if args.bot && !is_remote {
        let text =
            "an account for a program is made by a server; say --remote, --server or --socket";
        return Err(Error::Usage(text.to_owned()));
    }
    if global.dry_run {
        return rehearse(&args, global, is_remote, out);
    }
    let (password, shown) = password(&mut args).await?;
    let role = match args.admin {
        true => UserRole::Admin,
        false => UserRole::User,
    };
    let me = match is_remote {
        true => {
            let create = CreateAccount {
                username: args.name,
                email: args.email,
                password,
                display_name: args.display_name,
                role: Some(role),
                is_bot: Some(args.bot),
            };
            let client = profile::signed_in(global).await?;
            client.call(create).await?.me
        }
        false => {
            let config = args.place.load()?;
            let is_new = require_meant(&args, &config)?;
            let place = config.shown_database();
            let server = ChatServer::builder()
                .config(config)
                .without_files()
                .build()
                .await?;
            let new = NewUser {
                username: args.name,
                email: args.email,
                password,
                display_name: args.display_name,
                role,
            };
            let me = server.host().create_user(new).await?;
            let what = if is_new { ", a new database" } else { "" };
            out.say(&format!("made in {place}{what}"));
            me
        }
    };
    note_done();
    out.list(&[Made {
        me,
        password: shown,
    }])
}

/// Says whom this would make, and where.
fn rehearse(args: &CreateArgs, global: &Global, is_remote: bool, out: Output) -> Result<()> {
    let (name, role) = (&args.name, if args.admin { ", an admin" } else { "" });
    let place = match is_remote {
        true if global.socket.is_some() => "through the socket".to_owned(),
        true => {
            let (server, _) = profile::Profile::of_this_user()?.meant(global)?;
            format!("at {server}")
        }
        false => {
            let config = args.place.load()?;
            require_meant(args, &config)?;
            format!("in {}", config.shown_database())
        }
    };
    out.say(&format!(
        "nothing was done; this would be: make the account {name}{role} {place}"
    ));
    Err(Error::Rehearsed)
}

/// Whether the database is made with the account. One that nobody has named is only made for the first admin: anything
/// else is more likely the wrong directory.
fn require_meant(args: &CreateArgs, config: &Config) -> Result<bool> {
    let is_new = config.database_file().is_some_and(|file| !file.is_file());
    let is_named = config.database != Config::default().database || args.place.file().is_some();
    if !is_new || is_named || args.place.database.is_some() || args.admin {
        return Ok(is_new);
    }
    let name = config.shown_database();
    Err(Error::coded(
        Code::NotFound,
        format!(
            "there is no database {name} in this directory; go to that of the server, name it with --database, or ask a \
             server with --remote. A new one begins with --admin"
        ),
    ))
}

/// The password of the account, and once more where it is to be shown.
async fn password(args: &mut CreateArgs) -> Result<(Option<NewPassword>, Option<Secret>)> {
    if args.no_password {
        return Ok((None, None));
    }
    let (password, shown) = match args.generate_password {
        true => {
            let made = generate();
            (made.clone(), Some(made))
        }
        false => {
            let (file, who) = (args.password_file.take(), args.name.to_string());
            let read = move || prompt::password(file.as_deref(), &who, Ask::Twice);
            (in_background(read).await?, None)
        }
    };
    // Exposed to check it by the rules of new passwords.
    let password = NewPassword::try_from(password.expose().to_owned())
        .map_err(|rule| Error::Usage(format!("the password {rule}")))?;
    Ok((Some(password), shown))
}

/// Twenty letters and digits that cannot be mixed up: more than 110 bits.
pub(super) fn generate() -> Secret {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut random = rand::rng();
    let letters = (0..20).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())]));
    Secret::new(letters.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_up_password_is_long_and_never_the_same() {
        let (one, other) = (generate(), generate());

        assert_ne!(one, other);
        assert_eq!(one.expose().len(), 20, "compared in a test");
        assert!(NewPassword::try_from(one.expose().to_owned()).is_ok());
    }
}
