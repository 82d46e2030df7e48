//! `chat user`: accounts made straight in the database, and people found over the network.

use crate::{
    cli::{Global, by_rule},
    cmd::auth::in_background,
    config::ConfigArgs,
    error::{Error, Result},
    output::{Output, Record},
    profile,
    prompt::{self, Ask},
};
use chat_core::{DisplayName, Email, ListUsers, Me, NewPassword, Secret, User, UserRole, Username};
use chat_server::{ChatServer, NewUser};
use clap::{Args, Subcommand};
use rand::RngExt;
use serde::Serialize;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  chat user create ann --admin                          asks for a password
  chat user create bot --password-file /run/secrets/bot
  chat user create ben --generate-password -o jsonl     prints it, once
  chat user create ann --database sqlite:///var/lib/chat/chat.db
  chat user list ann                                    over the network, as who you are signed in
";

/// What there is to do.
#[derive(Debug, Subcommand)]
#[command(before_help = EXAMPLES)]
pub(crate) enum UserCommand {
    /// Make an account, straight in the database; the server may be running or not
    Create(CreateArgs),
    /// Look for people by the beginning of a name
    List {
        /// What the name begins with; without it, everybody
        query: Option<String>,
        /// At most this many
        #[arg(short = 'n', long, default_value_t = 50)]
        limit: usize,
    },
}

/// What `chat user create` takes.
#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// The username
    #[arg(value_parser = by_rule::<Username>)]
    name: Username,
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
    #[arg(long, value_name = "FILE", conflicts_with = "generate_password")]
    password_file: Option<PathBuf>,
    /// Make up a password, and print it
    #[arg(long)]
    generate_password: bool,
    #[command(flatten)]
    config: ConfigArgs,
}

/// Does it.
pub(crate) async fn run(command: UserCommand, global: &Global, out: Output) -> Result<()> {
    match command {
        UserCommand::Create(args) => create(args, out).await,
        UserCommand::List { query, limit } => list(query, limit, global, out).await,
    }
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
        };
        let password = match &self.password {
            // Asked for with --generate-password: it is shown nowhere else.
            Some(password) => password.expose(),
            None => "(as given)",
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

async fn create(args: CreateArgs, out: Output) -> Result<()> {
    let config = args.config.load()?.config;
    let (password, shown) = match args.generate_password {
        true => {
            let made = generate();
            (made.clone(), Some(made))
        }
        false => {
            let (file, who) = (args.password_file, args.name.to_string());
            (
                in_background(move || prompt::password(file.as_deref(), &who, Ask::Twice)).await?,
                None,
            )
        }
    };
    // Exposed to check it by the rules of new passwords.
    let password = NewPassword::try_from(password.expose().to_owned())
        .map_err(|rule| Error::Usage(format!("the password {rule}")))?;
    let server = ChatServer::builder().config(config).build().await?;
    let me = server
        .host()
        .create_user(NewUser {
            username: args.name,
            email: args.email,
            password: Some(password),
            display_name: args.display_name,
            role: if args.admin {
                UserRole::Admin
            } else {
                UserRole::User
            },
        })
        .await?;
    out.list(&[Made {
        me,
        password: shown,
    }])
}

/// Twenty letters and digits that cannot be mixed up: more than 110 bits.
fn generate() -> Secret {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut random = rand::rng();
    let letters = (0..20).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())]));
    Secret::new(letters.collect::<String>())
}

impl Record for User {
    const COLUMNS: &'static [&'static str] = &["id", "user", "name"];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            self.username.clone(),
            self.display_name.clone(),
        ]
    }
}

async fn list(query: Option<String>, limit: usize, global: &Global, out: Output) -> Result<()> {
    let client = profile::signed_in(global).await?;
    let mut users = Vec::new();
    let mut cursor = None;
    loop {
        let page = client
            .call(ListUsers {
                q: query.clone(),
                limit: Some(100),
                cursor: cursor.take(),
            })
            .await?;
        users.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() || users.len() >= limit {
            users.truncate(limit);
            return out.list(&users);
        }
    }
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
