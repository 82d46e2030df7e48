//! What most commands are: a name looked up, one typed call, one way to print its answer.

use super::{
    name::{self, Missing},
    page::{self, Page},
};
use crate::{
    cli::Global,
    error::Result,
    output::{Columns, Output},
    profile,
};
use chat_client::Client;
use chat_core::{ConversationId, Empty, Endpoint, UserId};
use serde::Serialize;

/// Who is signed in, and where answers are printed.
pub(crate) struct Caller {
    pub(crate) client: Client,
    pub(crate) out: Output,
}

impl Caller {
    /// The one who is meant.
    pub(crate) async fn signed_in(global: &Global, out: Output) -> Result<Self> {
        let client = profile::signed_in(global).await?;
        Ok(Self { client, out })
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

    /// A call that answers nothing; says what was done.
    pub(crate) async fn done<E>(&self, request: E, said: &str) -> Result<()>
    where
        E: Endpoint<Reply = Empty>,
    {
        self.client.call(request).await?;
        self.out.say(said);
        Ok(())
    }

    /// A call whose answer is a row.
    pub(crate) async fn row<E>(&self, columns: Columns, request: E) -> Result<()>
    where
        E: Endpoint,
        E::Reply: Serialize,
    {
        let reply = self.client.call(request).await?;
        self.out.rows(columns, &[reply])
    }

    /// A call whose answer is shown with everything that is in it. `id` is the JSON pointer of its name.
    pub(crate) async fn card<E>(&self, id: &str, request: E) -> Result<()>
    where
        E: Endpoint,
        E::Reply: Serialize,
    {
        let reply = self.client.call(request).await?;
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
        let items = page::first(&self.client, most, ask).await?;
        self.out.rows(columns, &items)
    }
}
