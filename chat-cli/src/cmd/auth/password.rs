//! `chat auth password`: another password, with the old one or by a mailed link. What is secret is typed, or comes on
//! standard input; nothing of it is ever a flag.

use super::{in_background, stranger};
use crate::{
    cli::{Global, by_rule},
    cmd::caller::Caller,
    error::{Error, Result},
    output::Output,
    prompt::{self, Question},
};
use chat_core::{
    ChangePassword, ConfirmReset, Email, Endpoint, NewPassword, ResetPassword, Secret,
};
use clap::Subcommand;

const EXAMPLES: &str = "\
Examples:
  chat auth password change                        asks for the old and the new one
  printf '%s\\n' \"$OLD\" \"$NEW\" | chat auth password change
  chat auth password reset ann@example.org         mails a link
  chat auth password confirm                       asks for the token of the link and for the new one
";

/// What there is to do.
#[derive(Debug, Subcommand)]
#[command(before_help = EXAMPLES)]
pub(crate) enum PasswordCommand {
    /// Set another password; every other device is signed out
    Change,
    /// Have a link mailed that sets a new password
    Reset {
        /// The address of the account
        #[arg(value_parser = by_rule::<Email>)]
        email: Email,
    },
    /// Set a new password by the token of such a link; every device is signed out
    Confirm,
}

/// Does it.
pub(super) async fn run(command: PasswordCommand, global: &Global, out: Output) -> Result<()> {
    match command {
        PasswordCommand::Change => {
            let caller = Caller::signed_in(global, out).await?;
            let questions = [
                Question::once("your password: "),
                Question::twice("the new password: "),
            ];
            let (current_password, new_password) = ask(questions).await?;
            let change = ChangePassword {
                current_password,
                new_password,
            };
            let said = "the password is changed; every other device is signed out";
            caller.done(change, said).await
        }
        PasswordCommand::Reset { email } => {
            stranger(global)?.call(ResetPassword { email }).await?;
            out.say(
                "if there is such an account, a link is on its way; with its token go on with: chat auth password confirm",
            );
            out.done(ResetPassword::operation().name)
        }
        PasswordCommand::Confirm => {
            let questions = [
                Question::once("the token of the link: "),
                Question::twice("the new password: "),
            ];
            let (token, new_password) = ask(questions).await?;
            let confirm = ConfirmReset {
                token,
                new_password,
            };
            stranger(global)?.call(confirm).await?;
            out.say("the password is set; sign in with: chat auth login USER");
            out.done(ConfirmReset::operation().name)
        }
    }
}

/// Something secret, and a new password.
async fn ask(questions: [Question; 2]) -> Result<(Secret, NewPassword)> {
    let mut answers = in_background(move || prompt::several(&questions)).await?;
    let (password, first) = (answers.remove(1), answers.remove(0));
    // Exposed to check it by the rules of new passwords.
    let password = NewPassword::try_from(password.expose().to_owned())
        .map_err(|rule| Error::Usage(format!("the new password {rule}")))?;
    Ok((first, password))
}
