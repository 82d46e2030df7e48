//! `chat profile`: one's own account: what others see of it, all that is kept of it, and its end.

use super::{
    auth::in_background,
    caller::Caller,
    file::{self, Target},
};
use crate::{
    cli::{Global, by_rule},
    error::{Error, Result},
    output::{Output, note_done},
    prompt::{self, Question},
};
use chat_core::{
    Bio, ChangeMe, DeleteAvatar, DeleteMe, DisplayName, Email, Endpoint, ShowMe, StatusText,
    Username,
};
use clap::{Args, Subcommand};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  chat profile show
  chat profile change --display-name 'Ann Lee' --status 'on holiday'
  chat profile change --bio ''                       takes it away
  chat profile change --email ann@example.org        asks for the password; a mailed link confirms it
  chat profile avatar me.jpg
  chat profile export --to me.jsonl                  all that the server holds on you
";

/// What there is to do.
#[derive(Debug, Subcommand)]
#[command(before_help = EXAMPLES)]
pub(crate) enum ProfileCommand {
    /// Show your account
    Show,
    /// Change what others see of you, and where mail goes
    Change(ChangeArgs),
    /// Set your picture, or take it away
    Avatar(AvatarArgs),
    /// Download everything the server holds on you, one JSON value a line
    Export {
        /// Write it into this file
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
        /// The name of the file again, where one is there that is written over
        #[arg(long, value_name = "FILE", requires = "to")]
        confirm: Option<String>,
    },
    /// Delete your account for good; asks for the password. Export it first
    Delete {
        /// Also what you said, everywhere
        #[arg(long)]
        messages: bool,
    },
}

/// What `chat profile change` takes.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct ChangeArgs {
    /// The name you are found by
    #[arg(long, value_parser = by_rule::<Username>)]
    username: Option<Username>,
    /// The name people see
    #[arg(long, value_name = "NAME", value_parser = by_rule::<DisplayName>)]
    display_name: Option<DisplayName>,
    /// What you say of yourself; empty takes it away
    #[arg(long, value_name = "TEXT", value_parser = by_rule::<Bio>)]
    bio: Option<Bio>,
    /// What you are doing; empty takes it away
    #[arg(long, value_name = "TEXT", value_parser = by_rule::<StatusText>)]
    status: Option<StatusText>,
    /// Where mail goes
    #[arg(long, value_name = "ADDRESS", value_parser = by_rule::<Email>)]
    email: Option<Email>,
}

/// A picture, or none.
#[derive(Debug, Args)]
#[group(required = true)]
pub(crate) struct AvatarArgs {
    /// A PNG, JPEG, GIF or WebP; it is cut to a square
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Take the picture away
    #[arg(long)]
    pub(crate) delete: bool,
}

/// Does it.
pub(crate) async fn run(command: ProfileCommand, global: &Global, out: Output) -> Result<()> {
    if let ProfileCommand::Export { to, .. } = &command {
        file::check_target(to.as_deref())?;
    }
    let caller = Caller::signed_in(global, out).await?;
    match command {
        ProfileCommand::Show => caller.card("/id", ShowMe {}).await,
        ProfileCommand::Change(args) => change(&caller, args).await,
        ProfileCommand::Avatar(AvatarArgs { file: None, .. }) => {
            caller.would("take your picture away")?;
            caller.done(DeleteAvatar {}, "your picture is gone").await
        }
        ProfileCommand::Avatar(AvatarArgs {
            file: Some(path), ..
        }) => {
            caller.would(&format!("make {} your picture", path.display()))?;
            let me = caller.client.set_avatar(file::content(&path)?).await?;
            note_done();
            out.card("/id", &me)
        }
        ProfileCommand::Export { to, confirm } => {
            let target = Target::find(&caller, to, None, confirm).await?;
            file::save(caller.client.export().await?, &target, out).await
        }
        ProfileCommand::Delete { messages } => delete(&caller, messages).await,
    }
}

async fn change(caller: &Caller, args: ChangeArgs) -> Result<()> {
    caller.would(&deed(&args))?;
    let current_password = match &args.email {
        Some(_) => Some(password("your password, to change the address: ").await?),
        None => None,
    };
    let change = ChangeMe {
        username: args.username,
        display_name: args.display_name,
        bio: args.bio,
        status_text: args.status,
        email: args.email,
        current_password,
    };
    caller.card("/id", change).await
}

/// What would be changed.
fn deed(args: &ChangeArgs) -> String {
    let text = |name: &str, value: Option<String>| value.map(|value| format!("{name}: {value}"));
    let what = [
        text("username", args.username.as_ref().map(ToString::to_string)),
        text(
            "display name",
            args.display_name.as_ref().map(ToString::to_string),
        ),
        text("bio", args.bio.as_ref().map(ToString::to_string)),
        text("status", args.status.as_ref().map(ToString::to_string)),
        text("email", args.email.as_ref().map(ToString::to_string)),
    ];
    let what: Vec<_> = what.into_iter().flatten().collect();
    format!("change your account to {}", what.join(", "))
}

async fn delete(caller: &Caller, messages: bool) -> Result<()> {
    let also = if messages {
        ", and all that you said"
    } else {
        ""
    };
    caller.would(&format!("delete your account for good{also}"))?;
    let delete = DeleteMe {
        password: Some(password("your password, to delete the account for good: ").await?),
        delete_messages: Some(messages),
    };
    caller.call(delete).await?;
    caller.out.say("your account is deleted");
    // The session went with the account; what is left of it on this machine goes, too.
    match caller.client.logout().await {
        Ok(()) => caller.out.done(DeleteMe::operation().name),
        Err(error) => Err(Error::Failed(format!(
            "the account is deleted, but this machine still knows its session: {error}; run: chat auth logout"
        ))),
    }
}

async fn password(question: &'static str) -> Result<chat_core::Secret> {
    let mut answers = in_background(move || prompt::several(&[Question::once(question)])).await?;
    Ok(answers.remove(0))
}
