//! `chat tail`: what happens, as it happens, each event once and in order, through every reconnect.
//!
//! What it has printed is its position. Where the client says that something may have been passed over, everything
//! after that position is asked for, so that there is never a hole.

mod follow;
mod past;
mod wanted;

use super::{
    Repeat,
    message::{indented, said},
    name::{self, Missing},
};
use crate::{
    cli::Global,
    error::{Error, Result},
    output::{Columns, Output, Paint, Record, minute, now},
    profile,
    span::{self, Since},
    stop::until_told,
};
use chat_client::{Client, Status, StopReason, Update};
use chat_core::{Code, Envelope, Event, Sync, Timestamp, text};
use clap::Args;
use follow::{Positions, Seen};
use serde::{Serialize, Serializer};
use std::collections::BTreeSet;
use wanted::Wanted;

const EXAMPLES: &str = "\
Examples:
  chat tail                                            all conversations, for reading
  chat tail @ben 'Friday climbing'                     only these
  chat tail @ben --since 2h                            what was said in the last two hours, and goes on
  chat tail --events message.new --from ben --jq .data.content
  chat tail --jq 'select(.data.content? // \"\" | test(\"deploy\")) | .data.sender.username'
  chat tail -o jsonl >> everything.jsonl
  chat tail --count 1 && notify-send 'something happened'
";

/// What `chat tail` takes.
#[derive(Debug, Args)]
#[command(before_help = EXAMPLES)]
pub(crate) struct TailArgs {
    /// Ids, @users or titles [default: all conversations]
    #[arg(value_name = "CONVERSATION")]
    conversations: Vec<String>,
    /// Begin with what was said since then: a day or a time (UTC), or so long ago (2h)
    #[arg(long, value_name = "TIME", value_parser = span::since)]
    since: Option<Since>,
    /// Only these events: message.new, or message for all that are called so; may be repeated
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = wanted::kind)]
    events: Vec<String>,
    /// Only what this user says: a username or id
    #[arg(long, value_name = "USER")]
    from: Option<String>,
    /// Also who types, comes, goes and reads: told once, kept nowhere. Of itself where --events names one of them
    #[arg(long)]
    passing: bool,
    /// End after this many events
    #[arg(short = 'c', long, value_name = "N")]
    count: Option<u64>,
}

/// Follows until it is stopped. However that comes, the server is told goodbye.
pub(crate) async fn run(args: TailArgs, global: &Global, out: Output) -> Result<()> {
    out.require_lines()?;
    let mut client = None;
    let followed = tokio::select! {
        followed = follow(args, global, out, &mut client) => followed,
        () = out.is_unread() => Err(Error::Closed),
        stop = until_told() => Err(Error::Stopped(stop)),
    };
    if let Some(client) = client {
        client.shutdown().await;
    }
    followed
}

/// Follows with a client that it leaves behind.
async fn follow(
    args: TailArgs,
    global: &Global,
    out: Output,
    kept: &mut Option<Client>,
) -> Result<()> {
    let client = kept.insert(profile::signed_in(global).await?).clone();
    let mut chosen = BTreeSet::new();
    for text in &args.conversations {
        chosen.insert(name::conversation(&client, text, Missing::Refuse).await?);
    }
    let from = match &args.from {
        Some(text) => Some(name::user(&client, text).await?),
        None => None,
    };
    let wanted = Wanted::new(args.events, from);
    let mut tail = Tail {
        // Who asks for such an event by its name wants it.
        passing: args.passing || wanted.has_passing(),
        wanted,
        since: args.since.map(|since| since.at(now())),
        left: args.count.unwrap_or(u64::MAX),
        positions: Positions::new(chosen),
        out,
        client,
    };
    tail.follow().await
}

struct Tail {
    client: Client,
    out: Output,
    positions: Positions,
    wanted: Wanted,
    since: Option<Timestamp>,
    passing: bool,
    left: u64,
}

impl Tail {
    async fn follow(&mut self) -> Result<()> {
        let mut updates = self.client.updates();
        let began = self.server_time().await?;
        self.client.start();
        self.online().await?;
        let count = self.client.read(|state| self.positions.begin(state, began));
        self.out.say(&match count {
            1 => "following 1 conversation".to_owned(),
            _ => format!("following {count} conversations"),
        });
        self.out.heading::<Happened>()?;
        for envelope in past::since(&self.client, &self.positions, self.since).await? {
            self.print(&envelope)?;
        }
        let mut away = false;
        while self.left > 0 {
            match updates.next().await {
                Some(Update::Event(envelope)) => {
                    match self.positions.see(&envelope, self.passing) {
                        Seen::Next => {
                            self.print(&envelope)?;
                            // What was said in it before this client knew of it came with no event.
                            if matches!(envelope.event, Event::ConversationNew(_)) {
                                self.catch_up().await?;
                            }
                        }
                        Seen::Hole => self.catch_up().await?,
                        Seen::Nothing => {}
                    }
                }
                Some(Update::Reset) => self.catch_up().await?,
                Some(Update::Status) => away = self.status(away)?,
                Some(_) => {}
                None => return Err(Error::coded(Code::Unavailable, "the connection has ended")),
            }
        }
        Ok(())
    }

    /// What the server's clock says: when conversations were opened is told by it, and this machine's may be wrong.
    async fn server_time(&self) -> Result<Timestamp> {
        let ask = Sync {
            positions: None,
            inbox: None,
            limit: Some(1),
            since: None,
        };
        let call = async || self.client.call(ask.clone()).await;
        let synced = super::wait_out(Repeat::Refused, |_| {}, call).await?;
        Ok(synced.server_time)
    }

    /// Waits until everything is here. A server that cannot be reached now is an error, not something to wait for.
    async fn online(&self) -> Result<()> {
        let mut status = self.client.status();
        loop {
            let now = status.borrow_and_update().clone();
            match now {
                Status::Online => return Ok(()),
                Status::Waiting { reason, .. } => {
                    return Err(Error::coded(
                        Code::Unavailable,
                        format!("cannot connect: {reason}"),
                    ));
                }
                Status::Stopped { reason } => return Err(stopped(reason)),
                _ => {}
            }
            if status.changed().await.is_err() {
                return Err(stopped(StopReason::ShutDown));
            }
        }
    }

    /// Tells a person how the connection is; an end of it is the end of following.
    fn status(&self, away: bool) -> Result<bool> {
        let now = self.client.status().borrow().clone();
        match now {
            Status::Stopped { reason } => Err(stopped(reason)),
            Status::Waiting { .. } => {
                self.out.say(&format!("{now}"));
                Ok(true)
            }
            Status::Online if away => {
                self.out.say("online again");
                Ok(false)
            }
            _ => Ok(away),
        }
    }

    fn print(&mut self, envelope: &Envelope) -> Result<()> {
        if self.left == 0 || !self.wanted.has(&envelope.event) {
            return Ok(());
        }
        self.left -= 1;
        let place = envelope.conversation_id.and_then(|id| {
            self.client.read(|state| {
                let known = state.conversation(id)?;
                Some(name::shown(known.conversation(), Some(state.me())))
            })
        });
        self.out.one_line(&Happened { envelope, place })
    }

    /// Asks for everything after what was printed.
    async fn catch_up(&mut self) -> Result<()> {
        loop {
            let ask = self.positions.ask();
            let synced = super::patiently(async || self.client.call(ask.clone()).await).await?;
            let (missed, resets, again) = self.positions.missed(synced);
            if resets > 0 {
                self.out.say(&format!(
                    "{resets} conversations began anew; what happened in them before is not shown"
                ));
            }
            for envelope in &missed {
                if self.positions.see(envelope, self.passing) == Seen::Next {
                    self.print(envelope)?;
                }
            }
            if !again || self.left == 0 {
                return Ok(());
            }
        }
    }
}

fn stopped(reason: StopReason) -> Error {
    let code = match reason {
        StopReason::SignedOut => Code::SessionEnded,
        StopReason::AccountDisabled => Code::AccountDisabled,
        StopReason::ShutDown => Code::Unavailable,
        _ => Code::Unknown,
    };
    Error::coded(code, reason.to_string())
}

/// An event, and what its conversation is called for a person. As JSON it is the event alone.
struct Happened<'a> {
    envelope: &'a Envelope,
    place: Option<String>,
}

impl Serialize for Happened<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        self.envelope.serialize(serializer)
    }
}

impl Record for Happened<'_> {
    const COLUMNS: &'static [&'static str] = &[];

    const VALUES: Columns = Columns(&[
        ("what", "/type"),
        ("conversation", "/conversation_id"),
        ("place", "/seq"),
        ("when", "/at"),
        ("by", "/data/sender/username"),
        ("text", "/data/content"),
        ("files", "/data/attachments/file_name"),
    ]);

    /// Of the message where it is one, else of the conversation.
    fn id(&self) -> String {
        match &self.envelope.event {
            Event::MessageNew(message) => message.id.to_string(),
            Event::MessageEdited(edit) => edit.id.to_string(),
            Event::MessageDeleted(gone) => gone.id.to_string(),
            _ => self
                .envelope
                .conversation_id
                .map(|id| id.to_string())
                .unwrap_or_default(),
        }
    }

    fn cells(&self) -> Vec<String> {
        Vec::new()
    }

    fn line(&self, paint: Paint) -> String {
        let at = self.envelope.at.map(minute).unwrap_or_default();
        let place = self.place.as_deref().unwrap_or_default();
        let place = paint.dim(&format!("{at} [{}]", text::inert_line(place)));
        format!("{place} {}", say(&self.envelope.event, paint))
    }
}

/// What happened, inert.
fn say(event: &Event, paint: Paint) -> String {
    let name = |name: &str| paint.bold(&text::inert_line(name));
    match event {
        Event::MessageNew(message) => format!(
            "{}: {}",
            name(&message.sender.username),
            said(message, paint)
        ),
        Event::MessageEdited(edit) => {
            format!("a message was changed to: {}", indented(&edit.content))
        }
        Event::MessageDeleted(_) => "a message was deleted".to_owned(),
        Event::MemberJoined(change) => format!("{} joined", name(&change.member.user.username)),
        Event::MemberLeft(change) => format!("{} left", name(&change.member.user.username)),
        Event::MemberChanged(change) => {
            format!("{} has another role", name(&change.member.user.username))
        }
        Event::ConversationNew(_) => "you are in this conversation now".to_owned(),
        Event::ConversationDeleted(_) => "you are no longer in this conversation".to_owned(),
        Event::ConversationChanged(change) => {
            let title = change.title.as_deref().unwrap_or_default();
            format!("the conversation is called {} now", name(title))
        }
        Event::Typing(typing) => format!("{} types", name(&typing.username)),
        other => text::inert_line(other.kind()).into_owned(),
    }
}
