//! Looking at what is known, and for what the server has.

use crate::{
    ChatClient, ChatError, ConversationItem, MessageItem, ReceiptItem, SearchQuery,
    SearchResultPage,
    error::{here, parsed},
    item,
};
use chat_client::Client;
use chat_core::{
    ConversationId, ListReceipts, MessageId, SearchMessages, SearchText, State, Timestamp, UserId,
};

#[uniffi::export]
impl ChatClient {
    /// A conversation as it is known; none where it is not.
    pub async fn conversation(
        &self,
        conversation_id: String,
    ) -> Result<Option<ConversationItem>, ChatError> {
        self.read(move |client| {
            let row = here(&client, &conversation_id)?.row();
            Ok(row.map(|row| item::conversation(&row, me(&client))))
        })
        .await
    }

    /// How much is unread in all conversations that are not put away.
    pub async fn unread_total(&self) -> Result<u64, ChatError> {
        self.read(|client| Ok(client.unread_total())).await
    }

    /// What one has begun to write, on this device or else on another.
    pub async fn draft(&self, conversation_id: String) -> Result<Option<String>, ChatError> {
        self.read(move |client| Ok(here(&client, &conversation_id)?.draft()))
            .await
    }

    /// Looks for messages that have all of these words in them among those that are kept on this device, newest first. A client
    /// without a `store_path` keeps none.
    #[uniffi::method(default(conversation_id = None, limit = 50))]
    pub async fn search_kept(
        &self,
        text: String,
        conversation_id: Option<String>,
        limit: u32,
    ) -> Result<Vec<MessageItem>, ChatError> {
        self.ask(move |client| async move {
            let within: Option<ConversationId> = conversation_id
                .map(|id| parsed("conversation_id", &id))
                .transpose()?;
            let found = client.search_kept(&text, within, limit).await?;
            Ok(SearchResultPage::kept(&found, me(&client)))
        })
        .await
    }

    /// Looks for messages among all that the server has.
    pub async fn search(&self, query: SearchQuery) -> Result<SearchResultPage, ChatError> {
        self.ask(move |client| async move {
            let page = client.call(asked(query)?).await?;
            Ok(SearchResultPage::of(page, me(&client)))
        })
        .await
    }

    /// Who has got a message and who has read it: the first hundred members.
    pub async fn receipts(&self, message_id: String) -> Result<Vec<ReceiptItem>, ChatError> {
        self.ask(move |client| async move {
            let asked = ListReceipts {
                message_id: parsed::<MessageId>("message_id", &message_id)?,
                limit: Some(100),
                cursor: None,
            };
            let page = client.call(asked).await?;
            Ok(page.items.iter().map(ReceiptItem::from).collect())
        })
        .await
    }

    /// Makes any other call of the protocol by its name, such as `invite.create`, with its fields as a JSON object. The
    /// answer as JSON.
    #[uniffi::method(default(fields = "{}"))]
    pub async fn call(&self, name: String, fields: String) -> Result<String, ChatError> {
        self.ask(move |client| async move {
            let fields = serde_json::from_str(&fields)
                .map_err(|_| ChatError::invalid("fields", "must be a JSON object"))?;
            Ok(client.call_named(&name, fields).await?.to_string())
        })
        .await
    }
}

/// What the server is asked for.
fn asked(query: SearchQuery) -> Result<SearchMessages, ChatError> {
    let text = query.text.map(SearchText::parse).transpose();
    let conversation_id = query.conversation_id;
    Ok(SearchMessages {
        q: text.map_err(|rule| ChatError::invalid("text", rule))?,
        conversation_id: conversation_id
            .map(|id| parsed("conversation_id", &id))
            .transpose()?,
        sender_id: (query.sender_id)
            .map(|id| parsed("sender_id", &id))
            .transpose()?,
        before: query.before_ms.map(Timestamp::from_ms),
        after: query.after_ms.map(Timestamp::from_ms),
        limit: Some(query.limit),
        cursor: query.cursor,
    })
}

fn me(client: &Client) -> UserId {
    client.read(State::me)
}
