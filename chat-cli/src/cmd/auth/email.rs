//! `chat auth email`: showing that the address of one's account is one's own. The token of the mailed link is typed, or
//! comes on standard input; it is never a flag.

use super::{in_background, stranger};
use crate::{
    cli::Global,
    cmd::caller::Caller,
    error::Result,
    output::Output,
    prompt::{self, Question},
};
use chat_core::{Endpoint, SendVerification, VerifyEmail};
use clap::Subcommand;

const EXAMPLES: &str = "\
Examples:
  chat auth email confirm                          asks for the token of the link
  chat auth email resend                           has the link mailed again
";

/// What there is to do.
#[derive(Debug, Subcommand)]
#[command(before_help = EXAMPLES)]
pub(crate) enum EmailCommand {
    /// Confirm by the token of a mailed link that an address is the account's
    Confirm,
    /// Have that link mailed again
    Resend,
}

/// Does it.
pub(super) async fn run(command: EmailCommand, global: &Global, out: Output) -> Result<()> {
    match command {
        EmailCommand::Confirm => {
            let question = [Question::once("the token of the link: ")];
            let mut answers = in_background(move || prompt::several(&question)).await?;
            let token = answers.remove(0);
            stranger(global)?.call(VerifyEmail { token }).await?;
            out.say("the address is confirmed");
            out.done(VerifyEmail::operation().name)
        }
        EmailCommand::Resend => {
            let caller = Caller::signed_in(global, out).await?;
            let said = "the link is on its way; with its token go on with: chat auth email confirm";
            caller.done(SendVerification {}, said).await
        }
    }
}
