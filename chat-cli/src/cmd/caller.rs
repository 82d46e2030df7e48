//! What most commands are: a name looked up, one typed call, one way to print its answer.

use super::{
    name::{self, Missing},
    page::{self, Page},
};
use crate::{
    cli::Global,
    cmd::auth::in_background,
    error::{Error, Result},
    output::{Columns, Output, note_done},
    profile, prompt,
};
use chat_client::Client;
use chat_core::{ConversationId, Empty, Endpoint, Operation, UserId};
use serde::Serialize;

/// Who is signed in, and where answers are printed.
pub(crate) struct Caller {
    pub(crate) client: Client,
    pub(crate) out: Output,
    dry_run: bool,
}

impl Caller {
    /// The one who is meant.
    pub(crate) async fn signed_in(global: &Global, out: Output) -> Result<Self> {
        let client = profile::signed_in(global).await?;
        let dry_run = global.dry_run;
        Ok(Self {
            client,
            out,
            dry_run,
        })
    }

    /// Makes a call. Who makes one that changes something has said before what it [would](Self::would) be; with `--dry-run`
    /// one that nobody told of ends the command by its name.
    pub(crate) async fn call<E: Endpoint>(&self, request: E) -> Result<E::Reply> {
        self.rehearse(E::operation())?;
        let reply = self.client.call(request).await?;
        if !E::operation().is_reading() {
            note_done();
        }
        Ok(reply)
    }

    /// Says what would be done instead of doing it, where only that is wanted.
    pub(crate) fn rehearse(&self, operation: &Operation) -> Result<()> {
        match self.dry_run && !operation.is_reading() {
            true => self.would(&format!("{}: {}", operation.name, operation.summary)),
            false => Ok(()),
        }
    }

    /// Whether it is only to be said what would be done.
    pub(crate) fn is_rehearsal(&self) -> bool {
        self.dry_run
    }

    /// The same for what is no single call.
    pub(crate) fn would(&self, what: &str) -> Result<()> {
        if !self.dry_run {
            return Ok(());
        }
        self.out
            .say(&format!("nothing was done; this would be: {what}"));
        Err(Error::Rehearsed)
    }

    /// The same for a deed to something that `look` asks for: what is not there is told as it would be.
    pub(crate) async fn would_to<E: Endpoint>(&self, look: E, what: &str) -> Result<()> {
        if self.dry_run {
            self.call(look).await?;
        }
        self.would(what)
    }

    /// Has the name of what is lost for good typed, or said with `--confirm`. Nothing is lost in a rehearsal.
    pub(crate) async fn confirm(
        &self,
        what: String,
        name: &str,
        said: Option<String>,
    ) -> Result<()> {
        let what = format!("{what}, and cannot be undone");
        self.be_sure(what, name, said).await
    }

    /// The same for what can be undone, though not by everybody.
    pub(crate) async fn be_sure(
        &self,
        what: String,
        name: &str,
        said: Option<String>,
    ) -> Result<()> {
        if self.dry_run {
            return Ok(());
        }
        let name = name.to_owned();
        in_background(move || prompt::confirm(&what, &name, said.as_deref())).await
    }

    /// The user of a name or id.
    pub(crate) async fn user(&self, text: &str) -> Result<UserId> {
        name::user(&self.client, text).await
    }

    /// The users of several names or ids.
    pub(crate) async fn users(&self, texts: &[String]) -> Result<Vec<UserId>> {
        let mut users = Vec::new();
        for text in texts {
            users.push(self.user(text).await?);
        }
        Ok(users)
    }

    /// The conversation of an id, `@user` or title; one that is there already.
    pub(crate) async fn conversation(&self, text: &str) -> Result<ConversationId> {
        name::conversation(&self.client, text, Missing::Refuse).await
    }

    /// The same, or the direct one with somebody, opened where it is not there yet, for a deed.
    pub(crate) async fn opened(&self, text: &str, deed: &str) -> Result<ConversationId> {
        if !self.dry_run {
            return name::conversation(&self.client, text, Missing::Open).await;
        }
        if let Some(other) = text.strip_prefix('@') {
            self.user(other).await?;
        }
        match self.conversation(text).await {
            Err(error) if text.starts_with('@') && error.exit_code() == 3 => {
                self.would(deed)?;
                Err(error)
            }
            found => found,
        }
    }

    /// A call that answers nothing; says what was done.
    pub(crate) async fn done<E>(&self, request: E, said: &str) -> Result<()>
    where
        E: Endpoint<Reply = Empty>,
    {
        self.call(request).await?;
        self.out.say(said);
        self.out.done(E::operation().name)
    }

    /// A call whose answer is a row.
    pub(crate) async fn row<E>(&self, columns: Columns, request: E) -> Result<()>
    where
        E: Endpoint,
        E::Reply: Serialize,
    {
        let reply = self.call(request).await?;
        self.out.rows(columns, &[reply])
    }

    /// A call whose answer is shown with everything that is in it. `id` is the JSON pointer of its name.
    pub(crate) async fn card<E>(&self, id: &str, request: E) -> Result<()>
    where
        E: Endpoint,
        E::Reply: Serialize,
    {
        let reply = self.call(request).await?;
        self.out.card(id, &reply)
    }

    /// A call that is answered by pages. `ask` makes it for a page of a size, from a cursor on.
    pub(crate) async fn list<E>(
        &self,
        columns: Columns,
        most: usize,
        ask: impl Fn(Option<u32>, Option<String>) -> E,
    ) -> Result<()>
    where
        E: Endpoint,
        E::Reply: Page<Item: Serialize>,
    {
        let (mut printed, mut shown) = (self.out.pages(columns), 0);
        let is_more = page::each(&self.client, most, ask, |items| {
            shown += items.len();
            printed.add(items).map(|()| true)
        })
        .await?;
        printed.end()?;
        page::tell_of_rest(&self.out, is_more, shown);
        Ok(())
    }
}
