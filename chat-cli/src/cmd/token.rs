//! `chat token`: tokens for scripts and bots, which hold until they are ended and may less than their owner. Each is told
//! once, on standard output; it is kept nowhere here.

use super::{
    bulk::Bulk,
    caller::Caller,
    page::{self, Page},
};
use crate::{
    cli::{Global, by_rule, one_of},
    error::{Error, Result},
    output::{Columns, Output},
    span::Span,
};
use chat_core::{
    Code, CreateToken, DisplayName, EndSession, Endpoint, ListSessions, SessionId, TokenScope,
};
use clap::Subcommand;
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  chat token create nightly-report --scope read --expires 90d
  CHAT_TOKEN=$(chat token create ci --scope write --jq .token) ./notify
  chat token create deploy-bot --scope write --socket /run/chat/chat.sock --as deploy   for a bot, on its server
  chat token list
  chat token revoke 01890a5d-ac96-774b-bcce-b302099a8057

A token is listed with your sessions and ends with them: when you change the password, or sign out everywhere.
";

const TOKENS: Columns = Columns(&[
    ("id", "/id"),
    ("name", "/device_name"),
    ("scope", "/scope"),
    ("made", "/created_at"),
    ("last used", "/last_used_at"),
    ("holds until", "/expires_at"),
]);

/// What there is to do.
#[derive(Debug, Subcommand)]
#[command(before_help = EXAMPLES)]
pub(crate) enum TokenCommand {
    /// Make a token, and print it, once
    Create {
        /// What it is for
        #[arg(value_parser = by_rule::<DisplayName>)]
        name: DisplayName,
        /// What may be done with it: read changes nothing, write does what you may, admin also looks after the server
        #[arg(long, value_parser = one_of::<TokenScope>(&["read", "write", "admin"]))]
        scope: TokenScope,
        /// How long it holds: 12h, 90d [default: until it is ended]
        #[arg(long, value_name = "TIME")]
        expires: Option<Span>,
    },
    /// List your tokens
    List,
    /// End tokens: what uses them is shut out at once
    Revoke {
        /// Their ids
        #[arg(required = true, value_name = "TOKEN")]
        tokens: Vec<SessionId>,
    },
}

/// Does it.
pub(crate) async fn run(command: TokenCommand, global: &Global, out: Output) -> Result<()> {
    let caller = Caller::signed_in(global, out).await?;
    match command {
        TokenCommand::Create {
            name,
            scope,
            expires,
        } => {
            caller.would(&format!("make the token {name}"))?;
            let create = CreateToken {
                name,
                scope,
                expires_in_s: expires.map(Span::seconds),
            };
            let made = caller.call(create).await?;
            out.say("this is the only time that the token is told");
            out.card("/id", &made).map_err(|error| match error {
                Error::Partly(why) => Error::Partly(format!(
                    "{why}. Nobody knows the token; end it: chat token revoke {}",
                    made.session.id
                )),
                other => other,
            })
        }
        TokenCommand::List => {
            let (mut tokens, _) = caller.call(ListSessions {}).await?.parts();
            tokens.retain(|session| session.scope.is_some());
            out.rows(TOKENS, &tokens)?;
            page::tell_of_rest(&out, false, tokens.len());
            Ok(())
        }
        TokenCommand::Revoke { tokens } => {
            let mut bulk = Bulk::of(out, tokens.len());
            for session_id in &tokens {
                let session_id = *session_id;
                let ended = revoke(&caller, session_id).await;
                bulk.note(&session_id.to_string(), ended)?;
            }
            bulk.end("revoked")?;
            out.outcome(
                json!({"operation": EndSession::operation().name, "done": true, "ids": tokens}),
            )
        }
    }
}

async fn revoke(caller: &Caller, session_id: SessionId) -> Result<()> {
    if caller.is_rehearsal() {
        let (known, _) = caller.call(ListSessions {}).await?.parts();
        let name = known.into_iter().find(|session| session.id == session_id);
        let name = name.and_then(|session| session.device_name);
        let text = format!("there is no token {session_id}; see: chat token list");
        let name = name.ok_or_else(|| Error::coded(Code::NotFound, text))?;
        return caller.would(&format!("end the token {name} ({session_id})"));
    }
    caller.call(EndSession { session_id }).await.map(drop)
}
