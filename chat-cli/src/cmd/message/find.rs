//! `chat message search`: finding what was said, in one's own conversations only.

use crate::{
    cli::by_rule,
    cmd::{
        caller::Caller,
        page::{self, Most},
    },
    error::Result,
    output::{Columns, Paint, Record, now},
    span::{self, Since},
};
use chat_core::{SearchHit, SearchMessages, SearchText, Timestamp};
use clap::Args;

/// How receipts are listed.
pub(super) const RECEIPTS: Columns = Columns(&[
    ("id", "/user/id"),
    ("user", "/user/username"),
    ("received", "/delivered"),
    ("when", "/delivered_at"),
    ("read", "/read"),
    ("when", "/read_at"),
]);

/// What `chat message search` takes.
#[derive(Debug, Args)]
pub(crate) struct FindArgs {
    /// What to look for: all words; "two words" together; the last one may be unfinished. With --from, --before or
    /// --since it may be left out
    #[arg(value_parser = by_rule::<SearchText>, required_unless_present_any = ["from", "before", "since"])]
    text: Option<SearchText>,
    /// In this conversation only: an id, @user, or a title
    #[arg(long = "in", value_name = "CONVERSATION")]
    conversation: Option<String>,
    /// Said by this user only
    #[arg(long, value_name = "USER")]
    from: Option<String>,
    /// Said before this day or time
    #[arg(long, value_name = "TIME", value_parser = span::moment)]
    before: Option<Timestamp>,
    /// Said since then: a day or a time (UTC), or so long ago (2h)
    #[arg(long, alias = "after", value_name = "TIME", value_parser = span::since)]
    since: Option<Since>,
    #[command(flatten)]
    most: Most,
}

/// Looks.
pub(super) async fn run(args: FindArgs, caller: &Caller) -> Result<()> {
    let conversation_id = match &args.conversation {
        Some(text) => Some(caller.conversation(text).await?),
        None => None,
    };
    let sender_id = match &args.from {
        Some(text) => Some(caller.user(text).await?),
        None => None,
    };
    let since = args.since.map(|since| since.at(now()));
    let ask = |limit, cursor| SearchMessages {
        q: args.text.clone(),
        conversation_id,
        sender_id,
        before: args.before,
        after: since,
        limit,
        cursor,
    };
    let (out, mut kept, mut is_first) = (caller.out, Vec::new(), true);
    let (most, mut shown) = (args.most.of(&out), 0);
    let is_more = page::each(&caller.client, most, ask, |hits| {
        shown += hits.len();
        match (out.is_stream(), std::mem::take(&mut is_first)) {
            (false, _) => kept.extend(hits),
            (true, true) => out.list(&hits)?,
            (true, false) => hits.iter().try_for_each(|hit| out.one_line(hit))?,
        }
        Ok(true)
    })
    .await?;
    if !out.is_stream() {
        out.list(&kept)?;
    }
    page::tell_of_rest(&out, is_more, shown);
    Ok(())
}

impl Record for SearchHit {
    const COLUMNS: &'static [&'static str] = &[];

    const VALUES: Columns = Columns(&[
        ("id", "/message/id"),
        ("conversation", "/message/conversation_id"),
        ("place", "/message/seq"),
        ("when", "/message/created_at"),
        ("by", "/message/sender/username"),
        ("text", "/message/content"),
        ("files", "/message/attachments/file_name"),
    ]);

    fn id(&self) -> String {
        self.message.id.to_string()
    }

    fn cells(&self) -> Vec<String> {
        self.message.cells()
    }

    fn line(&self, paint: Paint) -> String {
        let id = paint.dim(&self.message.id.to_string());
        format!("{} {id}", self.message.line(paint))
    }
}
